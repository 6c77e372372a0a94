import MartletOpenAIAPI
import MartletTokenizers
import NIOPosix

extension Tokenizer {
    /// The tokens of a request's text; a long one is tokenized beside the request tasks, which must not block.
    ///
    /// - Throws: 400 where the tokenizer gives up on the text.
    func encode(
        _ text: String,
        _ addSpecialTokens: Bool,
        _ literalRanges: [Range<Int>]
    ) async throws -> [TokenID] {
        let encode: @Sendable () throws -> [TokenID] = {
            try self.checkedEncode(text, addSpecialTokens: addSpecialTokens, literalRanges: literalRanges)
        }
        do {
            guard text.utf8.count > 32 << 10 else { return try encode() }
            return try await NIOThreadPool.singleton.runIfActive(encode)
        } catch let error as TokenizerError {
            throw APIError.badRequest("\(error)")
        }
    }
}
