import Foundation
import Martlet

let llm = try await LLM(folder: URL(filePath: "Models/martlet-mini"))
var sampling = llm.defaultSampling
sampling.temperature = 0
let question = ChatMessage(role: "user", content: "What is the capital of France?")
for await piece in try llm.streamChat([question], sampling: sampling) {
    print(piece.text, terminator: "")
}
// prints: Paris
