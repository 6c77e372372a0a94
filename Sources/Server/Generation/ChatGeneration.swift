import Martlet
import MartletEngine
import MartletOpenAIAPI

/// The generation of a chat's answers, whatever wire format asked for them.
struct ChatGeneration: Sendable {
    /// The request in terms of chats.
    let chat: ChatCompletionRequest
    /// How the answers are taken apart.
    let plan: ChatOutputPlan
    /// What generates them.
    let run: GenerationRun

    /// How tokens are chosen, defaults merged.
    var parameters: SamplingParameters { run.parameters[0] }
}

extension ModelService {
    /// The prompt of a chat, and how its answers are taken apart.
    ///
    /// - Throws: 400 where the prompt is not acceptable, or calls are asked for that no parser would find.
    func prepare(_ chat: ChatCompletionRequest) async throws -> (prompt: Prompt, plan: ChatOutputPlan) {
        var conversation = chat.conversation
        if chat.tools.choice == .none, configuration.excludesUncallableTools { conversation.tools = nil }
        let prompt = try await prompt(of: conversation, truncation: chat.options.truncation)
        return (prompt, try ChatOutputPlan(chat, formats: configuration.formats, promptText: prompt.text))
    }

    /// Starts the answers to a chat.
    ///
    /// - Parameters:
    ///   - chat: the request, decoded.
    ///   - id: names the request in the engine.
    /// - Returns: the running generation.
    /// - Throws: 400 where the prompt, a value or a constraint is not acceptable; 503 where there is no room.
    func generate(_ chat: ChatCompletionRequest, id: String) async throws -> ChatGeneration {
        let (prompt, plan) = try await prepare(chat)
        let fields = GenerationFields(
            sampling: chat.sampling,
            budget: chat.outputBudget,
            logprobs: chat.logprobCount,
            promptLogprobs: chat.options.promptLogprobs,
            options: chat.options,
            constraint: try await constraint(plan),
            thinkingBudget: thinkingBudget(plan),
            keptSpecialTokens: specialTokens(plan.markers)
        )
        let run = try GenerationRun(prompts: [prompt], fields: fields, id: id, service: self)
        return ChatGeneration(chat: chat, plan: plan, run: run)
    }
}
