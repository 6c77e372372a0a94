import MartletCheckpoints
import MartletTensors
import Testing

struct TensorConversionTests {
    private func tensor(_ values: [Float]) -> Tensor {
        let tensor = Tensor(storage: Storage(hostByteCount: values.count * 4), dtype: .float32, shape: [values.count])
        for (index, value) in values.enumerated() { unsafe tensor.hostPointer(as: Float.self)[index] = value }
        return tensor
    }

    private func bits(_ tensor: Tensor) -> [UInt16] {
        (0..<tensor.shape[0]).map { unsafe tensor.hostPointer(as: UInt16.self)[$0] }
    }

    @Test("bfloat16 rounds to nearest, ties to even")
    func bfloat16() {
        // bit patterns and their roundings, from the definition
        let cases: [(UInt32, UInt16)] = [
            (0x3F80_0000, 0x3F80), (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
            (0x3F81_8000, 0x3F82), (0x7F7F_FFFF, 0x7F80), (0xFF80_0000, 0xFF80), (0x8000_0000, 0x8000),
            (0x0000_0001, 0x0000),
        ]
        let rounded = tensor(cases.map { Float(bitPattern: $0.0) }).converted(to: .bfloat16)
        #expect(bits(rounded) == cases.map(\.1))
        #expect(bits(tensor([.nan]).converted(to: .bfloat16))[0] & 0x7FFF > 0x7F80)
    }

    @Test("every 16-bit value survives the way to float32 and back", arguments: [DType.bfloat16, .float16])
    func roundTrip(dtype: DType) {
        let all = Tensor(storage: Storage(hostByteCount: 1 << 17), dtype: dtype, shape: [1 << 16])
        for index in 0..<(1 << 16) { unsafe all.hostPointer(as: UInt16.self)[index] = UInt16(index) }
        let wide = all.converted(to: .float32)
        let back = bits(wide.converted(to: dtype))
        let changed = (0..<(1 << 16)).filter { index in
            let isNaN = unsafe wide.hostPointer(as: Float.self)[index].isNaN
            return back[index] != UInt16(index) && !isNaN
        }
        #expect(changed.isEmpty)
    }
}
