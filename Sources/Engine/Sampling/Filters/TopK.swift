/// Keeps the `k` likeliest tokens; of equal ones the lower ids.
enum TopK {
    /// No kept logit lies below it: the `k`-th greatest of the blocks' maxima.
    static func lowerBound(_ topK: Int, _ scan: LogitsScan) -> Float {
        guard topK <= scan.blockMaxima.count else { return -.greatestFiniteMagnitude }
        let maxima = Candidates(values: scan.blockMaxima)
        return Candidates.logit(ofKey: maxima.cut(count: topK))
    }
}
