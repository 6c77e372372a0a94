/// A parsed expression.
struct Expression: Sendable {
    let kind: Kind
    /// Where it stands, in bytes of the normalized source.
    let offset: Int
    /// How many expressions nest below this one, itself included.
    let depth: Int

    indirect enum Kind: Sendable {
        case literal(Literal)
        /// A variable, by its number in the template's table of names.
        case name(Int)
        case list([Expression])
        case tuple([Expression])
        case dict([Pair])
        case attribute(Expression, Attribute)
        case item(Expression, Expression)
        case slice(Expression, Bounds)
        case call(Expression, CallArguments)
        case filter(Expression, FilterCall)
        case test(Expression, TestCall)
        case not(Expression)
        case negative(Expression)
        case positive(Expression)
        case arithmetic(ArithmeticOperator, Expression, Expression)
        case and(Expression, Expression)
        case or(Expression, Expression)
        case comparison(Expression, [Comparison])
        case concatenation([Expression])
        case conditional(test: Expression, then: Expression, otherwise: Expression?)
        /// The text of the block that a filter is applied to.
        case blockText
    }

    enum Literal: Sendable {
        case none
        case bool(Bool)
        case int(Int)
        case big(BigInteger)
        case float(Double)
        case string(String)
    }

    struct Pair: Sendable {
        let key: Expression
        let value: Expression
    }

    struct Attribute: Sendable {
        let name: String
        /// The built-in method of that name, if there is one.
        let method: Method?

        init(_ name: String) {
            self.name = name
            method = Method.named(name)
        }
    }

    struct Bounds: Sendable {
        let lower: Expression?
        let upper: Expression?
        let step: Expression?
    }

    struct CallArguments: Sendable {
        var positional: [Expression] = []
        var keywords: [Keyword] = []
        /// The expression after `*`.
        var variadic: Expression?
        /// The expression after `**`.
        var variadicKeywords: Expression?

        static let none = CallArguments()
    }

    struct Keyword: Sendable {
        let name: String
        let value: Expression
    }

    struct FilterCall: Sendable {
        let name: String
        /// `nil` for a filter that does not exist, which fails when it is reached.
        let function: Filters.Function?
        let arguments: CallArguments
    }

    struct TestCall: Sendable {
        let name: String
        let function: Tests.Function?
        let arguments: CallArguments
    }

    struct Comparison: Sendable {
        let comparator: ComparisonOperator
        let operand: Expression
    }
}

enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
}

/// A parsed statement.
struct Statement: Sendable {
    let kind: Kind
    /// Where it stands, in bytes of the normalized source.
    let offset: Int

    indirect enum Kind: Sendable {
        case text(String)
        case output(Expression)
        /// An expression whose value is not written.
        case evaluation(Expression)
        case conditional([Branch], otherwise: [Statement])
        case loop(Loop)
        case set(Target, Expression)
        case setBlock(Target, filter: Expression?, body: [Statement])
        case with([Binding], body: [Statement])
        case macro(Macro)
        case callBlock(Macro, call: Expression)
        case filterBlock(Expression, body: [Statement])
        case autoescape(Expression, body: [Statement])
        case scope([Statement])
        /// A named block; unless scoped it sees only the variables of the template's outermost level.
        case block([Statement], isScoped: Bool)
        case breakLoop
        case continueLoop
        /// A statement that needs other templates: fails when it is reached.
        case unavailable
    }

    struct Branch: Sendable {
        let test: Expression
        let body: [Statement]
    }

    struct Loop: Sendable {
        let target: Target
        let iterable: Expression
        let filter: Expression?
        let isRecursive: Bool
        let body: [Statement]
        let otherwise: [Statement]
    }

    struct Binding: Sendable {
        let target: Target
        let value: Expression
    }

    struct Macro: Sendable {
        let name: String
        let nameID: Int
        let parameters: [Parameter]
        let body: [Statement]
        var usesVarargs: Bool
        var usesKwargs: Bool
        var usesCaller: Bool
    }

    struct Parameter: Sendable {
        let name: String
        let nameID: Int
        let defaultValue: Expression?
    }
}

/// What an assignment writes to.
indirect enum Target: Sendable {
    case name(Int)
    case attribute(of: Int, String)
    case tuple([Target])
}

/// A parsed template.
struct Program: Sendable {
    let body: [Statement]
    /// The names of variables; `Expression.Kind.name` holds positions in it.
    let names: [String]
    /// Numbers of the names that the interpreter itself sets.
    let wellKnown: WellKnownNames
}

struct WellKnownNames: Sendable {
    let loop: Int
    let varargs: Int
    let kwargs: Int
    let caller: Int
}
