import ArgumentParser

/// An integer with an optional size suffix: `k m g t` are powers of 1000 and take decimals, `K M G T` powers of 1024.
struct HumanInteger: ExpressibleByArgument, Equatable {
    let value: Int

    init?(argument: String) {
        let factors: [Character: Double] = [
            "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12,
            "K": 1024, "M": 1_048_576, "G": 1_073_741_824, "T": 1_099_511_627_776,
        ]
        if let value = Int(argument) {
            self.value = value
            return
        }
        guard let suffix = argument.last, let factor = factors[suffix] else { return nil }
        let digits = argument.dropLast()
        guard let number = Double(digits), number.isFinite, number >= 0 else { return nil }
        if suffix.isUppercase, Int(digits) == nil { return nil }
        guard let value = Int(exactly: (number * factor).rounded()) else { return nil }
        self.value = value
    }
}
