package import FoundationEssentials
import MartletCPUBackend
package import MartletChatTemplates
package import MartletEngine
package import MartletJSON
import MartletModels
import MartletTensors
package import MartletTokenizers

/// Everything that serves one model: engine, tokenizer, template, defaults.
package final class LoadedModel: Sendable {
    /// The model's folder.
    package let folder: URL
    /// The architecture's name.
    package let architecture: String
    /// Generates tokens.
    package let engine: Engine
    /// Text to tokens and back.
    package let tokenizer: Tokenizer
    /// Messages to text; `nil` for a model without a template.
    package let chatTemplates: ChatTemplates?
    /// What requests may leave out.
    package let generationDefaults: GenerationDefaults
    /// What the memory is used for.
    package let memoryPlan: MemoryPlan
    /// The engine's limits.
    package let configuration: EngineConfiguration
    /// The number of the model's logits.
    package let vocabularySize: Int
    /// The backend's name.
    package let backendName: String

    /// The longest sequence, prompt and completion together.
    package var maxModelLength: Int { configuration.maxModelLength }

    /// The tokenizer's end-of-sequence token, when it has one.
    package var eosTokenIDs: [TokenID] { tokenizer.eosTokenID.map { [$0] } ?? [] }
}
