extension BPE {
    /// Pieces of at most so many symbols are merged by looking for the best pair each time.
    private static let shortCount = 24

    /// Joins the symbols: always the pair with the lowest rank, of equal ranks the leftmost.
    ///
    /// `ranks` holds the rank of every symbol and the next one already.
    ///
    /// - Complexity: O(n log n) for a piece of n symbols.
    func mergeAll(_ workspace: inout Workspace) {
        guard workspace.symbols.count > 1 else { return }
        if workspace.symbols.count <= Self.shortCount {
            let count = mergeShort(&workspace.symbols, &workspace.ranks)
            workspace.symbols.removeLast(workspace.symbols.count - count)
        } else {
            prepareLong(&workspace)
            mergeLong(&workspace.symbols, &workspace.ranks, &workspace.links, &workspace.queue)
            workspace.symbols.removeAll { $0 < 0 }
        }
    }

    /// Merges in place and returns how many symbols are left.
    private func mergeShort(_ allSymbols: inout [Int32], _ allRanks: inout [UInt32]) -> Int {
        var symbols = allSymbols.mutableSpan
        var ranks = allRanks.mutableSpan
        var count = symbols.count
        while count > 1 {
            var best = 0
            var bestRank = MergeTable.none
            for index in 0..<(count - 1) where ranks[index] < bestRank {
                bestRank = ranks[index]
                best = index
            }
            if bestRank == MergeTable.none { break }
            symbols[best] = merges.result(bestRank)
            count -= 1
            var index = best + 1
            while index < count {
                symbols[index] = symbols[index + 1]
                ranks[index - 1] = ranks[index]
                index += 1
            }
            if best > 0 { ranks[best - 1] = merges.rank(symbols[best - 1], symbols[best]) }
            if best < count - 1 { ranks[best] = merges.rank(symbols[best], symbols[best + 1]) }
        }
        return count
    }

    /// Makes the list of symbols and the queue of pairs.
    private func prepareLong(_ workspace: inout Workspace) {
        let count = workspace.symbols.count
        workspace.links.removeAll(keepingCapacity: true)
        workspace.queue.removeAll()
        for index in 0..<count {
            workspace.links.append(.init(previous: Int32(index) - 1, next: index + 1 < count ? Int32(index) + 1 : -1))
            if index + 1 < count, workspace.ranks[index] != MergeTable.none {
                workspace.queue.add(workspace.ranks[index], Int32(index))
            }
        }
        workspace.ranks[count - 1] = MergeTable.none
        workspace.queue.arrange()
    }

    /// Merges along a linked list; queued pairs that no longer fit are dropped when they come up.
    private func mergeLong(
        _ allSymbols: inout [Int32],
        _ allRanks: inout [UInt32],
        _ allLinks: inout [SymbolLinks],
        _ queue: inout MergeQueue
    ) {
        var symbols = allSymbols.mutableSpan
        var ranks = allRanks.mutableSpan
        var links = allLinks.mutableSpan
        while let (rank, position) = queue.pop() {
            // a pair that has changed since has another rank, or none
            guard ranks[position] == rank else { continue }
            let right = Int(links[position].next)
            symbols[position] = merges.result(rank)
            symbols[right] = -1
            ranks[right] = MergeTable.none
            let next = Int(links[right].next)
            let previous = Int(links[position].previous)
            links[position].next = Int32(next)
            ranks[position] = MergeTable.none
            if next >= 0 {
                links[next].previous = Int32(position)
                let rank = merges.rank(symbols[position], symbols[next])
                ranks[position] = rank
                if rank != MergeTable.none { queue.push(rank, Int32(position)) }
            }
            if previous >= 0 {
                let rank = merges.rank(symbols[previous], symbols[position])
                ranks[previous] = rank
                if rank != MergeTable.none { queue.push(rank, Int32(previous)) }
            }
        }
    }
}

/// The neighbours of a symbol that is still there; -1 for none.
struct SymbolLinks {
    var previous: Int32
    var next: Int32
}

/// A binary heap of candidate merges, lowest rank first, then leftmost.
struct MergeQueue {
    /// Rank and position, so that the order of numbers is the order of merges.
    private(set) var heap: [UInt64] = []

    /// Forgets all candidates.
    mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

    /// Adds a candidate; the order is made by `arrange`.
    mutating func add(_ rank: UInt32, _ position: Int32) {
        heap.append(UInt64(rank) << 32 | UInt64(UInt32(bitPattern: position)))
    }

    /// Makes what was added a heap.
    mutating func arrange() {
        var index = heap.count / 2
        while index > 0 {
            index -= 1
            sink(heap[index], from: index)
        }
    }

    /// Adds a candidate to a heap.
    mutating func push(_ rank: UInt32, _ position: Int32) {
        add(rank, position)
        var index = heap.count - 1
        let key = heap[index]
        var span = heap.mutableSpan
        while index > 0 {
            let parent = (index - 1) / 2
            if span[parent] <= key { break }
            span[index] = span[parent]
            index = parent
        }
        span[index] = key
    }

    /// Takes the candidate that comes first.
    mutating func pop() -> (rank: UInt32, position: Int)? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(last, from: 0) }
        return (UInt32(top >> 32), Int(top & 0xFFFF_FFFF))
    }

    private mutating func sink(_ key: UInt64, from start: Int) {
        var span = heap.mutableSpan
        var index = start
        while true {
            var child = index * 2 + 1
            if child >= span.count { break }
            if child + 1 < span.count, span[child + 1] < span[child] { child += 1 }
            if key <= span[child] { break }
            span[index] = span[child]
            index = child
        }
        span[index] = key
    }
}
