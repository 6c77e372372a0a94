import MartletTensors

/// Experts of which every token sees a few, chosen by a router, and an MLP that it sees always, if there is one.
///
/// Tokens are sorted by expert: each expert's weights are read once in a step, those of experts that no token chose not
/// at all. A token's results add up in ascending order of experts, so that its bits do not depend on other tokens.
struct MixtureOfExperts: Sendable {
    /// One expert's projections.
    struct Expert: Sendable {
        /// Gate above up: `[2 × intermediateSize, hiddenSize]`.
        let gateUp: Linear
        /// A tensor `[hiddenSize, intermediateSize]`.
        let down: Linear
    }

    /// The MLP of every token.
    struct Shared: Sendable {
        let mlp: MLP
        /// `[1, hiddenSize]`: its sigmoid scales the result; `nil` for 1.
        let gate: Linear?
    }

    /// A tensor `[experts, hiddenSize]`.
    let router: Linear
    let routing: RoutingConfiguration
    /// Added to scores for choosing only; `nil` for nothing.
    let correctionBias: [Float]?
    let experts: [Expert]
    /// How an expert joins its projections.
    let gate: Gate
    let shared: Shared?

    /// Every matrix of the layer.
    var linears: [Linear] {
        let own = [router] + experts.flatMap { [$0.gateUp, $0.down] }
        guard let shared else { return own }
        return own + [shared.mlp.first, shared.mlp.down] + [shared.gate].compactMap { $0 }
    }

    /// Transforms `[tokens, hiddenSize]` through scratch memory; `output` may be `input`.
    func forward(_ input: Tensor, into output: Tensor, step: ForwardStep) {
        guard let scratch = step.scratch.mixture else { preconditionFailure("no scratch memory for experts") }
        let tokens = input.shape[0]
        let backend = step.backend
        let plan = scratch.plan
        let logits = scratch.logits.prefix(rows: tokens)
        router.forward(input, into: logits, backend: backend)
        plan.begin(tokens: tokens)
        for token in 0..<tokens {
            backend.withHostRow(logits, row: token) { row in
                plan.choose(token, logits: row.span, routing: routing, bias: correctionBias)
            }
        }
        plan.sort(expertCount: experts.count)

        let pairs = tokens * routing.chosenCount
        backend.upload(plan.sources, to: scratch.sources)
        let inputs = scratch.inputs.prefix(rows: pairs)
        backend.gatherRows(input, rows: scratch.sources.prefix(rows: pairs), into: inputs)
        let inner = scratch.inner.prefix(rows: pairs)
        let activated = scratch.activated.prefix(rows: pairs)
        multiply(plan, inputs, into: inner, backend: backend) { $0.gateUp }
        backend.gate(inner, gate, into: activated)
        multiply(plan, activated, into: scratch.products, backend: backend) { $0.down }
        if let shared { add(shared, input, pairs: pairs, step: step, scratch: scratch) }
        combine(into: output, scratch: scratch, backend: backend)
    }

    /// The products of every expert in use with its rows.
    private func multiply(
        _ plan: ExpertPlan,
        _ inputs: Tensor,
        into outputs: Tensor,
        backend: any Backend,
        projection: (Expert) -> Linear
    ) {
        plan.products.removeAll(keepingCapacity: true)
        for (index, expert) in experts.enumerated() {
            let rows = plan.starts[index]..<plan.starts[index + 1]
            guard !rows.isEmpty else { continue }
            plan.products.append(
                LinearProduct(
                    input: inputs.rows(rows),
                    weight: projection(expert).weight,
                    output: outputs.rows(rows)
                )
            )
        }
        backend.linear(plan.products)
    }

    /// Computes the MLP of every token behind the experts' results.
    private func add(
        _ shared: Shared,
        _ input: Tensor,
        pairs: Int,
        step: ForwardStep,
        scratch: ForwardScratch.Mixture
    ) {
        let tokens = input.shape[0]
        let backend = step.backend
        if let gate = shared.gate {
            let factors = scratch.sharedFactors.prefix(rows: tokens)
            gate.forward(input, into: factors, backend: backend)
            for token in 0..<tokens {
                let value = backend.withHostRow(factors, row: token) { $0[0] }
                scratch.plan.addShared(token, row: pairs + token, weight: sigmoid(value))
            }
        } else {
            for token in 0..<tokens { scratch.plan.addShared(token, row: pairs + token, weight: 1) }
        }
        shared.mlp.forward(
            input,
            into: scratch.products.rows(pairs..<pairs + tokens),
            inner: step.scratch.inner,
            activated: step.scratch.activated,
            backend: backend
        )
    }

    private func combine(into output: Tensor, scratch: ForwardScratch.Mixture, backend: any Backend) {
        let tokens = output.shape[0]
        let plan = scratch.plan
        let weights = scratch.weights.prefix(rows: tokens)
        for token in 0..<tokens {
            backend.withHostRow(weights, row: token) { row in
                for slot in 0..<plan.slotCount { row[slot] = plan.weights[token * plan.slotCount + slot] }
            }
        }
        backend.upload(plan.places, to: scratch.places)
        backend.addWeightedRows(
            scratch.products,
            rows: scratch.places.prefix(rows: tokens),
            weights: weights,
            into: output
        )
    }
}
