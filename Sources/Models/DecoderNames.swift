/// How a decoder's tensors are called in its checkpoint, and how they lie there; names are without `.weight`.
///
/// A norm without a name is a norm that the layer does not have.
package struct DecoderNames: Sendable, Hashable {
    /// The queries', keys' and values' projections.
    package enum Attention: Sendable, Hashable {
        /// A matrix for each.
        case separate(query: String, key: String, value: String)
        /// One matrix: all queries, then all keys, then all values.
        case stacked(String)
        /// One matrix: for each key/value head its queries, its key, its value.
        case grouped(String)
    }

    /// The projections of an MLP.
    package enum MLP: Sendable, Hashable {
        /// `down(f(gate(x)) · up(x))`
        case gated(gate: String, up: String, down: String)
        /// The same, the gate's matrix above the other.
        case stackedGate(gateUp: String, down: String)
        /// `down(f(up(x)))`
        case plain(up: String, down: String)
    }

    /// Two names that belong together.
    package struct Both: Sendable, Hashable {
        package var first: String
        package var second: String

        /// Two names.
        package init(_ first: String, _ second: String) {
            self.first = first
            self.second = second
        }
    }

    /// What stands before every name but the output's; a checkpoint of the bare model lacks it.
    package var root = "model."
    /// The embedding table.
    package var embedding = "embed_tokens"
    /// The table of learned positions.
    package var positions: String?
    /// The norm of embeddings.
    package var embeddingNorm: String?
    /// From the width of embeddings to that of layers, and back.
    package var embeddingProjections: Both?
    /// The list of layers.
    package var layers = "layers"
    /// The norm before the output matrix.
    package var finalNorm: String? = "norm"
    /// The output matrix.
    package var output = "lm_head"

    /// Before attention.
    package var attentionNorm: String? = "input_layernorm"
    /// On attention's result, before it is added.
    package var attentionResultNorm: String?
    /// On the sum with attention's result.
    package var attentionSumNorm: String?
    /// Before the MLP.
    package var mlpNorm: String? = "post_attention_layernorm"
    /// On the MLP's result, before it is added.
    package var mlpResultNorm: String?
    /// On the sum with the MLP's result.
    package var mlpSumNorm: String?

    /// Queries, keys and values.
    package var attention = Attention.separate(
        query: "self_attn.q_proj",
        key: "self_attn.k_proj",
        value: "self_attn.v_proj"
    )
    /// Attention's output projection.
    package var attentionOutput = "self_attn.o_proj"
    /// The norms of query and key heads.
    package var queryKeyNorms = Both("self_attn.q_norm", "self_attn.k_norm")
    /// The MLP of layers without experts.
    package var mlp = MLP.gated(gate: "mlp.gate_proj", up: "mlp.up_proj", down: "mlp.down_proj")
    /// Whether matrices are stored as `[inputs, outputs]`.
    package var isTransposed = false

    /// Parts of names of tensors inside layers that are no weights: masks and tables that can be computed.
    static let buffers = [
        ".rotary_emb.", ".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias",
    ]
}
