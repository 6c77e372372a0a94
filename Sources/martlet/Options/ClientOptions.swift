import ArgumentParser
import Martlet

/// The flags of the commands that talk to a model.
struct ClientOptions: ParsableArguments {
    @Option(help: "URL of the server's API.")
    var url = "http://localhost:8000/v1"

    @Option(help: "Model to ask (default: the first that the server lists).")
    var modelName: String?

    @Option(help: "Key for the server (default: OPENAI_API_KEY).")
    var apiKey: String?

    @Option(help: "Run this model in the process, without a server: a folder or a hub id.")
    var model: String?

    /// The server's model, or the model loaded here.
    func respondent() async throws -> any Respondent {
        if let model {
            let folder = try await ModelLocation.resolve(model, modelDirectory: nil, options: EngineOptions.parse([]))
            return LocalRespondent(llm: try await LLM(folder: folder))
        }
        let client = APIClient(url: url, apiKey: apiKey)
        if let modelName { return ServerRespondent(client: client, model: modelName) }
        return ServerRespondent(client: client, model: try await client.firstModel())
    }
}
