extension BigInteger {
    /// The nearest number that ends in so many zeros, of two equally near ones the even multiple, as Python rounds integers.
    func rounded(zeros: Int) -> BigInteger {
        // a digit takes more than three bits
        guard zeros > 0, zeros <= bitCount / 3 + 1 else { return zeros > 0 ? BigInteger(0) : self }
        let unit = (0..<zeros).reduce(BigInteger(1)) { power, _ in power * BigInteger(10) }
        let (quotient, rest) = dividedDown(by: unit)
        let twice = rest + rest
        let isUp = unit < twice || unit == twice && quotient.isOdd
        return (isUp ? quotient + BigInteger(1) : quotient) * unit
    }
}
