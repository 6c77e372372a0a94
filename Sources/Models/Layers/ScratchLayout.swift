/// Where each intermediate result of a `forward` call lies in its region; every one at a multiple of 64 bytes.
struct ScratchLayout {
    /// A matrix of four-byte elements.
    struct Place {
        let offset: Int
        let rows: Int
        let columns: Int
        var end: Int { offset + (rows * columns * 4 + 63) / 64 * 64 }
    }

    /// See `ForwardScratch.Latent`.
    struct Latent {
        let queryLatent, projected, keys, queries, attended, values: Place

        init(_ latent: LatentConfiguration, heads: Int, tokens: Int, cursor: inout Cursor) {
            queryLatent = cursor.place(tokens, latent.queryRank ?? 0)
            projected = cursor.place(tokens, heads * latent.projectedDimension)
            keys = cursor.place(tokens, latent.keyDimension)
            queries = cursor.place(tokens, heads * latent.keyDimension)
            attended = cursor.place(tokens, heads * latent.keyDimension)
            values = cursor.place(tokens, heads * latent.valueDimension)
        }
    }

    /// See `ForwardScratch.Mixture`.
    struct Mixture {
        let logits, sharedFactors, sources, places, weights, inputs, inner, activated, products: Place
        let routing: RoutingConfiguration
        let hasShared: Bool

        init(_ mixture: MixtureConfiguration, hidden: Int, tokens: Int, cursor: inout Cursor) {
            routing = mixture.routing
            hasShared = mixture.shared != nil
            let pairs = tokens * routing.chosenCount
            let slots = routing.chosenCount + (hasShared ? 1 : 0)
            logits = cursor.place(tokens, routing.expertCount)
            sharedFactors = cursor.place(tokens, 1)
            sources = cursor.place(pairs, 1)
            places = cursor.place(tokens, slots)
            weights = cursor.place(tokens, slots)
            inputs = cursor.place(pairs, hidden)
            inner = cursor.place(pairs, 2 * mixture.intermediateSize)
            activated = cursor.place(pairs, mixture.intermediateSize)
            products = cursor.place(pairs + (hasShared ? tokens : 0), hidden)
        }
    }

    /// Gives out places one behind the other.
    struct Cursor {
        var end = 0

        mutating func place(_ rows: Int, _ columns: Int) -> Place {
            let place = Place(offset: end, rows: rows, columns: columns)
            end = place.end
            return place
        }
    }

    let residual, embedded, attentionResult, mlpResult, qkv, attended, inner, activated, gathered: Place
    let latent: Latent?
    let mixture: Mixture?
    /// The size of the region.
    let byteCount: Int

    init(_ configuration: DecoderConfiguration, _ limits: ForwardLimits) {
        let tokens = limits.maxBatchedTokens
        let hidden = configuration.hiddenSize
        var cursor = Cursor()
        residual = cursor.place(tokens, hidden)
        let hasOwnWidth = configuration.names.embeddingProjections != nil
        embedded = cursor.place(max(tokens, limits.maxLogitsRows), hasOwnWidth ? configuration.embeddingSize : 0)
        attentionResult = cursor.place(tokens, hidden)
        mlpResult = configuration.isParallel ? cursor.place(tokens, hidden) : attentionResult
        // attention's places and the MLP's begin at the same one
        var (attention, mlp) = (cursor, cursor)
        let isLatent = configuration.latent != nil
        qkv = attention.place(tokens, isLatent ? 0 : configuration.qkvWidth)
        attended = attention.place(tokens, isLatent ? 0 : configuration.queryWidth)
        latent = configuration.latent.map {
            Latent($0, heads: configuration.headCount, tokens: tokens, cursor: &attention)
        }
        let width = max(configuration.intermediateSize, configuration.mixture?.shared?.intermediateSize ?? 0)
        inner = mlp.place(tokens, 2 * width)
        activated = mlp.place(tokens, width)
        mixture = configuration.mixture.map { Mixture($0, hidden: hidden, tokens: tokens, cursor: &mlp) }
        cursor.end = max(attention.end, mlp.end)
        gathered = cursor.place(limits.maxLogitsRows, hidden)
        byteCount = cursor.end
    }
}
