/// Sequences that wait, in the order in which they are served.
///
/// Kept sorted with the first at the end, where taking it costs nothing.
struct WaitingQueue {
    private var sequences: [GenerationSequence] = []

    var count: Int { sequences.count }
    var isEmpty: Bool { sequences.isEmpty }
    var first: GenerationSequence? { sequences.last }

    mutating func insert(_ sequence: GenerationSequence) {
        var low = 0
        var high = sequences.count
        while low < high {
            let middle = (low + high) / 2
            if sequences[middle].key > sequence.key { low = middle + 1 } else { high = middle }
        }
        sequences.insert(sequence, at: low)
    }

    mutating func removeFirst() -> GenerationSequence { sequences.removeLast() }

    mutating func remove(_ sequence: GenerationSequence) {
        if let index = sequences.firstIndex(where: { $0 === sequence }) { sequences.remove(at: index) }
    }

    /// What is wrong; empty where nothing is.
    func violations() -> [String] {
        var found: [String] = []
        for sequence in sequences where !sequence.status.isQueued || !sequence.blockTable.isEmpty {
            found.append("\(sequence.request.submitted.id) waits but is \(sequence.status) or holds blocks")
        }
        if zip(sequences, sequences.dropFirst()).contains(where: { $0.key < $1.key }) {
            found.append("waiting out of order")
        }
        return found
    }
}
