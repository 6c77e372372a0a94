/// Which tokens a filter keeps: the likeliest down to one of them.
///
/// Tokens are ordered by logit, equal ones by the lower id. All filters keep the start of this order, so the strictest of
/// several cuts is what they keep together.
struct Cut: Equatable {
    /// The logit of the last token kept.
    let logit: Float
    /// Its id; of the tokens with the same logit those up to it are kept.
    let index: Int

    /// Keeps every token that is not forbidden.
    static var all: Cut { Cut(logit: -.greatestFiniteMagnitude, index: .max) }

    /// Whether a token is kept.
    func keeps(_ logit: Float, _ index: Int) -> Bool {
        logit > self.logit || (logit == self.logit && index <= self.index)
    }

    /// The cut that keeps fewer.
    func stricter(_ other: Cut) -> Cut {
        other.logit > logit || (other.logit == logit && other.index < index) ? other : self
    }
}
