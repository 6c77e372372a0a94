/// One of several products: `output[t] = input[t] · weightᵀ + bias`, as `Backend.linear` says.
package struct LinearProduct {
    /// `[tokens, inputs]`, float32.
    package let input: Tensor
    /// `[outputs, inputs]`.
    package let weight: Weight
    /// `[tokens, outputs]`, float32; overlaps no input and no other output.
    package let output: Tensor

    /// A product of an input with a weight.
    package init(input: Tensor, weight: Weight, output: Tensor) {
        self.input = input
        self.weight = weight
        self.output = output
    }
}
