/// Keeps the `k` likeliest tokens; of equal ones the lower ids.
enum TopK {
    /// Selects among the tokens that are not below the `k`-th greatest of the blocks' maxima.
    static func cut(_ topK: Int, _ scan: LogitsScan) -> Cut {
        let maxima = scan.blockMaxima
        let bound = topK <= maxima.count ? Candidates(values: maxima).cut(count: topK) : .all
        var candidates = Candidates()
        scan.forEach(atLeast: max(bound.logit, Cut.all.logit)) { index, logit in candidates.append(index, logit) }
        return candidates.cut(count: topK)
    }
}
