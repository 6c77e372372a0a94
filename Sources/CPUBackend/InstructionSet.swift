import CMartletKernels

/// An instruction set that the kernels are written for.
///
/// All of them give the same bits; they differ in speed.
package enum InstructionSet: String, Sendable, CaseIterable {
    /// Plain C.
    case scalar
    /// x86-64 with AVX2, FMA and F16C.
    case avx2
    /// x86-64 with AVX-512 F, BW, VL and DQ.
    case avx512
    /// The same with products of four bytes at a time (VNNI).
    case avx512VNNI = "avx512-vnni"
    /// The same with products of two bfloat16 at a time.
    case avx512BF16 = "avx512-bf16"
    /// AArch64.
    case neon
    /// The same with products of four bytes at a time.
    case neonDotProduct = "neon-dotprod"

    /// The best one that this machine has.
    package static var best: InstructionSet {
        allCases.last { unsafe $0.kernels != nil } ?? .scalar
    }

    /// Those that this machine has.
    package static var available: [InstructionSet] { allCases.filter { unsafe $0.kernels != nil } }

    /// The kernels; `nil` when this machine has not the instructions.
    var kernels: UnsafePointer<ck_kernels>? {
        switch self {
        case .scalar: unsafe ck_kernels_for(CK_SCALAR)
        case .avx2: unsafe ck_kernels_for(CK_AVX2)
        case .avx512: unsafe ck_kernels_for(CK_AVX512)
        case .avx512VNNI: unsafe ck_kernels_for(CK_AVX512_VNNI)
        case .avx512BF16: unsafe ck_kernels_for(CK_AVX512_BF16)
        case .neon: unsafe ck_kernels_for(CK_NEON)
        case .neonDotProduct: unsafe ck_kernels_for(CK_NEON_DOTPROD)
        }
    }
}
