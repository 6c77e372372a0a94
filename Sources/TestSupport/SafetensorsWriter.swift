package import MartletTensors

/// Writes the bytes of a safetensors file.
package enum SafetensorsWriter {
    /// One tensor to write.
    package struct Item: Sendable {
        /// The tensor's name; must need no escape in JSON.
        package var name: String
        /// The dimensions.
        package var shape: [Int]
        /// The values in row-major order.
        package var values: [Float]

        /// A tensor to write.
        package init(name: String, shape: [Int], values: [Float]) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// The file that holds these tensors, all of one type.
    ///
    /// - Precondition: `dtype` is `float32`, `bfloat16` or `float16`.
    package static func file(_ items: [Item], dtype: DType) -> [UInt8] {
        let names: [DType: String] = [.float32: "F32", .bfloat16: "BF16", .float16: "F16"]
        var data: [UInt8] = []
        var members: [String] = []
        for item in items {
            let begin = data.count
            for value in item.values { append(value, dtype, to: &data) }
            members.append(
                #""\#(item.name)":{"dtype":"\#(names[dtype] ?? "")","shape":\#(item.shape),"#
                    + #""data_offsets":[\#(begin),\#(data.count)]}"#
            )
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
        return length + header + data
    }

    private static func append(_ value: Float, _ dtype: DType, to data: inout [UInt8]) {
        let bits: UInt32
        switch dtype {
        case .bfloat16: bits = value.bitPattern >> 16
        case .float16: bits = UInt32(Float16(value).bitPattern)
        default: bits = value.bitPattern
        }
        for byte in 0..<dtype.byteCount { data.append(UInt8(truncatingIfNeeded: bits >> (byte * 8))) }
    }
}
