import MartletTensors
import Testing

@Suite struct TensorTests {
    private static func tensor(_ shape: Shape) -> Tensor {
        Tensor(storage: Storage(hostByteCount: shape.elementCount * 4), dtype: .float32, shape: shape)
    }

    @Test func rowsAndColumnsAreViewsOfTheSameElements() {
        let matrix = Self.tensor([4, 6])
        let values = unsafe matrix.hostPointer(as: Float.self)
        for position in 0..<24 { unsafe values[position] = Float(position) }
        let view = matrix.columns(2..<5).rows(1..<3)
        #expect(view.shape == [2, 3])
        #expect(view.rowStride == 6)
        #expect(!view.isContiguous)
        let elements = unsafe view.hostPointer(as: Float.self)
        #expect(unsafe elements[0] == 8)
        #expect(unsafe elements[view.rowStride + 2] == 16)
        unsafe elements[0] = 100
        #expect(unsafe values[8] == 100)
    }

    @Test(arguments: [
        (Shape([]), 1), (Shape([3]), 3), (Shape(2, 5), 10), (Shape([2, 3, 4, 5]), 120), (Shape(0, 7), 0),
    ])
    func shapesCountTheirElements(shape: Shape, count: Int) {
        #expect(shape.elementCount == count)
        #expect(shape.array.count == shape.rank)
    }

    @Test func stackedWeightsAddUpTheirRows() {
        let weight = Weight([
            .init(tensor: Self.tensor([3, 8])), .init(tensor: Self.tensor([5, 8]), bias: Self.tensor([5])),
        ])
        #expect(weight.inputCount == 8)
        #expect(weight.outputCount == 8)
        #expect(weight.format == .float32)
    }

    @Test func storageIsReleasedWithItsLastView() {
        let released = Released()
        do {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
            let storage = unsafe Storage(unsafeBaseAddress: memory, byteCount: 64) { address, _ in
                unsafe address.deallocate()
                released.count += 1
            }
            let view = Tensor(storage: storage, dtype: .float32, shape: [4, 4]).rows(1..<2)
            #expect(view.offsetInBytes == 16)
            #expect(released.count == 0)
        }
        #expect(released.count == 1)
    }

    @Test func cacheSizeFollowsFromItsSpecification() {
        let spec = KVCacheSpec(layerCount: 28, kvHeadCount: 8, headDimension: 128)
        #expect(spec.bytesPerToken(.bfloat16) == 114_688)
        #expect(spec.bytesPerToken(.float32) == 229_376)
        #expect(spec.bytesPerToken(.int8) == 28 * 8 * 2 * (128 + 4))
    }
}

/// Counts releases.
private final class Released {
    var count = 0
}
