import MartletTensors

/// The intermediate results of one `forward` call, in one region that is allocated when a model is made.
///
/// Attention's and the MLP's intermediates share their place: a layer never needs both.
struct ForwardScratch: Sendable {
    /// What attention over latent vectors needs.
    struct Latent: Sendable {
        /// A tensor `[tokens, queryRank]`.
        let queryLatent: Tensor
        /// Query heads as projected: `[tokens, heads × (rotary + plain)]`.
        let projected: Tensor
        /// A tensor `[tokens, rotary + rank]`.
        let keys: Tensor
        /// A tensor `[tokens, heads × (rotary + rank)]`.
        let queries: Tensor
        /// Attention's result: `[tokens, heads × (rotary + rank)]`.
        let attended: Tensor
        /// A tensor `[tokens, heads × value]`.
        let values: Tensor
    }

    /// What experts need; `pairs` are tokens × chosen experts.
    struct Mixture: Sendable {
        /// A tensor `[tokens, experts]`.
        let logits: Tensor
        /// A tensor `[tokens, 1]`.
        let sharedFactors: Tensor
        /// The token of each row: `[pairs]`, int32.
        let sources: Tensor
        /// The rows that a token adds up: `[tokens, slots]`, int32.
        let places: Tensor
        /// Their weights: `[tokens, slots]`.
        let weights: Tensor
        /// Inputs sorted by expert: `[pairs, hiddenSize]`.
        let inputs: Tensor
        /// The experts' two projections: `[pairs, 2 × intermediateSize]`.
        let inner: Tensor
        /// A tensor `[pairs, intermediateSize]`.
        let activated: Tensor
        /// The results of experts, then those of the MLP of every token: `[pairs + tokens, hiddenSize]`.
        let products: Tensor
        /// Which tokens go where.
        let plan: ExpertPlan
    }

    /// The residual stream: `[tokens, hiddenSize]`.
    let residual: Tensor
    /// Embeddings, where their width is not that of the residual stream: `[max(tokens, logits), embeddingSize]`.
    let embedded: Tensor
    /// Attention's input, then its output: `[tokens, hiddenSize]`.
    let attentionResult: Tensor
    /// The MLP's input, then its output: `[tokens, hiddenSize]`; the same memory unless both are needed together.
    let mlpResult: Tensor
    /// Queries, keys and values: `[tokens, (headCount + 2 × kvHeadCount) × headDimension]`.
    let qkv: Tensor
    /// Attention's result: `[tokens, headCount × headDimension]`.
    let attended: Tensor
    /// The MLP's first projection: `[tokens, 2 × intermediateSize]`.
    let inner: Tensor
    /// What goes into its last: `[tokens, intermediateSize]`.
    let activated: Tensor
    /// The rows that want logits: `[logits, hiddenSize]`.
    let gathered: Tensor
    /// `nil` where attention has projections for keys and values.
    let latent: Latent?
    /// `nil` where there are no experts.
    let mixture: Mixture?

    /// The size of the region in bytes.
    static func byteCount(_ configuration: DecoderConfiguration, limits: ForwardLimits) -> Int {
        ScratchLayout(configuration, limits).byteCount
    }

    /// Allocates the region.
    init(_ configuration: DecoderConfiguration, limits: ForwardLimits, backend: any Backend) throws(BackendError) {
        let layout = ScratchLayout(configuration, limits)
        let storage = try backend.allocate(byteCount: layout.byteCount)
        func tensor(_ place: ScratchLayout.Place, _ dtype: DType = .float32) -> Tensor {
            Tensor(
                storage: storage,
                offsetInBytes: place.offset,
                dtype: dtype,
                shape: Shape(place.rows, place.columns)
            )
        }
        residual = tensor(layout.residual)
        embedded = tensor(layout.embedded)
        attentionResult = tensor(layout.attentionResult)
        mlpResult = tensor(layout.mlpResult)
        qkv = tensor(layout.qkv)
        attended = tensor(layout.attended)
        inner = tensor(layout.inner)
        activated = tensor(layout.activated)
        gathered = tensor(layout.gathered)
        latent = layout.latent.map { places in
            Latent(
                queryLatent: tensor(places.queryLatent),
                projected: tensor(places.projected),
                keys: tensor(places.keys),
                queries: tensor(places.queries),
                attended: tensor(places.attended),
                values: tensor(places.values)
            )
        }
        mixture = layout.mixture.map { places in
            let sources = tensor(places.sources, .int32)
            return Mixture(
                logits: tensor(places.logits),
                sharedFactors: tensor(places.sharedFactors),
                sources: Tensor(
                    storage: storage,
                    offsetInBytes: places.sources.offset,
                    dtype: .int32,
                    shape: [sources.shape[0]]
                ),
                places: tensor(places.places, .int32),
                weights: tensor(places.weights),
                inputs: tensor(places.inputs),
                inner: tensor(places.inner),
                activated: tensor(places.activated),
                products: tensor(places.products),
                plan: ExpertPlan(
                    places.routing,
                    hasShared: places.hasShared,
                    maxTokens: limits.maxBatchedTokens
                )
            )
        }
    }
}
