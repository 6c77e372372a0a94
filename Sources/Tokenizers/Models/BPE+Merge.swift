extension BPE {
    /// Pieces of at most so many symbols are merged by looking for the best pair each time.
    private static let shortCount = 48

    /// Joins the symbols: always the pair with the lowest rank, of equal ranks the leftmost.
    ///
    /// - Complexity: O(n log n) for a piece of n symbols.
    func mergeAll(_ workspace: inout Workspace) {
        guard workspace.symbols.count > 1 else { return }
        if workspace.symbols.count <= Self.shortCount {
            mergeShort(&workspace)
        } else {
            mergeLong(&workspace.symbols)
        }
    }

    private func mergeShort(_ workspace: inout Workspace) {
        var count = workspace.symbols.count
        workspace.ranks.removeAll(keepingCapacity: true)
        workspace.merged.removeAll(keepingCapacity: true)
        for index in 1..<count {
            let merge = merges.merge(workspace.symbols[index - 1], workspace.symbols[index])
            workspace.ranks.append(merge?.rank ?? .max)
            workspace.merged.append(merge?.id ?? 0)
        }
        while count > 1 {
            var best = 0
            var bestRank = UInt32.max
            for index in 0..<(count - 1) where workspace.ranks[index] < bestRank {
                bestRank = workspace.ranks[index]
                best = index
            }
            if bestRank == .max { break }
            workspace.symbols[best] = workspace.merged[best]
            count -= 1
            for index in (best + 1)..<max(count, best + 1) { workspace.symbols[index] = workspace.symbols[index + 1] }
            for index in best..<max(count - 1, best) {
                workspace.ranks[index] = workspace.ranks[index + 1]
                workspace.merged[index] = workspace.merged[index + 1]
            }
            if best > 0 { updatePair(best - 1, &workspace) }
            if best < count - 1 { updatePair(best, &workspace) }
        }
        workspace.symbols.removeSubrange(count...)
    }

    private func updatePair(_ index: Int, _ workspace: inout Workspace) {
        let merge = merges.merge(workspace.symbols[index], workspace.symbols[index + 1])
        workspace.ranks[index] = merge?.rank ?? .max
        workspace.merged[index] = merge?.id ?? 0
    }

    /// A linked list of symbols and a queue of pairs; entries that no longer fit are dropped when they come up.
    private func mergeLong(_ symbols: inout [Int32]) {
        var previous = symbols.indices.map { Int32($0) - 1 }
        var next = symbols.indices.map { $0 + 1 < symbols.count ? Int32($0) + 1 : -1 }
        var queue = MergeQueue()
        queue.reserve(symbols.count)
        func enqueue(_ left: Int32, _ right: Int32) {
            guard left >= 0, right >= 0 else { return }
            if let merge = merges.merge(symbols[Int(left)], symbols[Int(right)]) {
                queue.push(.init(rank: merge.rank, position: left, id: merge.id))
            }
        }
        for index in 1..<symbols.count { enqueue(Int32(index - 1), Int32(index)) }
        while let top = queue.pop() {
            let position = Int(top.position)
            let right = next[position]
            guard symbols[position] >= 0, right >= 0,
                merges.merge(symbols[position], symbols[Int(right)])?.id == top.id
            else { continue }
            symbols[position] = top.id
            symbols[Int(right)] = -1
            next[position] = next[Int(right)]
            if next[position] >= 0 { previous[Int(next[position])] = top.position }
            enqueue(previous[position], top.position)
            enqueue(top.position, next[position])
        }
        symbols.removeAll { $0 < 0 }
    }
}

/// A binary heap of candidate merges, lowest rank first, then leftmost.
private struct MergeQueue {
    struct Candidate {
        let rank: UInt32
        let position: Int32
        let id: Int32

        var key: UInt64 { UInt64(rank) << 32 | UInt64(UInt32(bitPattern: position)) }
    }

    private var heap: [Candidate] = []

    mutating func reserve(_ count: Int) { heap.reserveCapacity(count) }

    mutating func push(_ candidate: Candidate) {
        var index = heap.count
        heap.append(candidate)
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent].key <= candidate.key { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = candidate
    }

    mutating func pop() -> Candidate? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return top }
        var index = 0
        while true {
            var child = index * 2 + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1].key < heap[child].key { child += 1 }
            if last.key <= heap[child].key { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
        return top
    }
}
