import Foundation
import Martlet
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors

/// The bytes that a model's tokens read from memory.
struct ModelTraffic {
    /// Weights that steps read: all but an embedding matrix that is not the output matrix too.
    let weightByteCount: Int
    /// The part of these weights that belongs to experts.
    private let expertShare: Double
    /// The part of the experts that a token chooses.
    private let chosenShare: Double
    /// The keys and values of one token in every layer.
    let kvBytesPerToken: Int
    /// The planned cache.
    let kvCacheByteCount: Int

    init(_ model: LoadedModel) throws {
        let plan = model.memoryPlan
        let loader = try ModelLoader(folder: try ModelFolder(path: model.folder.path))
        let configuration = loader.configuration
        let dtype = DType(name: model.weightType) ?? loader.weightDType
        let table = configuration.vocabularySize * configuration.hiddenSize * dtype.byteCount
        weightByteCount = plan.weightByteCount - (configuration.tieWordEmbeddings ? 0 : table)
        expertShare = Double(loader.expertByteCount) / Double(max(1, loader.weightByteCount))
        let routing = configuration.mixture?.routing
        chosenShare = routing.map { Double($0.chosenCount) / Double($0.expertCount) } ?? 1
        kvBytesPerToken = plan.kvCacheByteCount / max(1, plan.blockCount * plan.blockSize)
        kvCacheByteCount = plan.kvCacheByteCount
    }

    /// The weights that a step with so many tokens reads: of experts those that are chosen, were choices independent.
    func stepByteCount(tokens: Int) -> Double {
        let unread = (0..<tokens).reduce(1.0) { share, _ in share * (1 - chosenShare) }
        return Double(weightByteCount) * (1 - expertShare * unread)
    }

    /// What the process holds beside the weights that steps read and the cache, both taken as wholly resident.
    func otherByteCount(_ memory: ProcessMemory) -> Int {
        max(0, memory.residentByteCount - weightByteCount - kvCacheByteCount)
    }

    /// The memory as one line of text.
    func memoryText(_ memory: ProcessMemory) -> String {
        "memory: \(ByteCount.text(memory.anonymousByteCount)) anonymous and \(ByteCount.text(memory.fileByteCount)) of files "
            + "resident; \(ByteCount.text(otherByteCount(memory))) "
            + "beside \(ByteCount.text(weightByteCount)) of weights and \(ByteCount.text(kvCacheByteCount)) of KV cache"
    }

    /// The memory as JSON members.
    func memoryJSON(_ memory: ProcessMemory) -> JSONValue {
        .object(
            JSONObject([
                ("rss_anon_bytes", .integer(memory.anonymousByteCount)),
                ("rss_file_bytes", .integer(memory.fileByteCount)),
                ("weight_bytes", .integer(weightByteCount)), ("kv_cache_bytes", .integer(kvCacheByteCount)),
                ("other_bytes", .integer(otherByteCount(memory))),
            ])
        )
    }
}
