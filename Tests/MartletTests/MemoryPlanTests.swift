import Martlet
import MartletTensors
import Testing

@Suite struct MemoryPlanTests {
    /// 1 KiB for a token in float32: 16 KiB for a block of 16.
    private static func demand(weights: Int = 100 << 20, scratch: Int = 10 << 20, maxPositions: Int = 1024)
        -> MemoryPlan.Demand
    {
        MemoryPlan.Demand(
            weightByteCount: weights,
            scratchByteCount: scratch,
            spec: KVCacheSpec(layerCount: 2, kvHeadCount: 4, headDimension: 16),
            kvCacheDType: .float32,
            maxPositions: maxPositions
        )
    }

    private static func options(_ change: (inout ModelOptions) -> Void = { _ in }) -> ModelOptions {
        var options = ModelOptions()
        change(&options)
        return options
    }

    private static func memory(_ bytes: Int) -> MachineMemory {
        MachineMemory(totalByteCount: bytes, availableByteCount: bytes)
    }

    @Test func holdsAllSequencesWhereThereIsRoom() throws {
        let plan = try MemoryPlan.make(demand: Self.demand(), options: Self.options(), memory: Self.memory(16 << 30))
        #expect(plan.maxModelLength == 1024)
        #expect(plan.blockCount == 128 * 64)
        #expect(plan.kvCacheByteCount == 128 * 1024 * 1024)
        #expect(plan.notes.isEmpty)
        #expect(plan.budgetByteCount == Int(Double(16 << 30) * 0.9))
    }

    @Test func aCacheOfInt8HoldsMoreTokens() throws {
        var demand = Self.demand(maxPositions: 1 << 20)
        demand.kvCacheDType = .int8
        let plan = try MemoryPlan.make(
            demand: demand,
            options: Self.options { $0.kvCacheByteCount = 64 << 20 },
            memory: Self.memory(4 << 30)
        )
        // two layers of four heads of sixteen bytes and a scale, for keys and for values
        #expect(plan.maxModelLength == (64 << 20) / (2 * 4 * (16 + 4) * 2 * 16) * 16)
    }

    @Test func cacheStaysWithinItsDefaultLimit() throws {
        let plan = try MemoryPlan.make(
            demand: Self.demand(maxPositions: 131_072),
            options: Self.options(),
            memory: Self.memory(64 << 30)
        )
        #expect(plan.maxModelLength == 131_072)
        #expect(plan.kvCacheByteCount == 4 << 30)
        #expect(plan.notes.count == 1)
    }

    @Test func lengthShrinksToTheCache() throws {
        let plan = try MemoryPlan.make(
            demand: Self.demand(maxPositions: 1 << 20),
            options: Self.options { $0.kvCacheByteCount = 64 << 20 },
            memory: Self.memory(4 << 30)
        )
        #expect(plan.maxModelLength == 64 << 10)
        #expect(plan.notes.count == 1 && plan.notes[0].contains("--max-model-len"))
    }

    @Test func aGivenLengthGetsMoreThanTheDefaultCache() throws {
        let plan = try MemoryPlan.make(
            demand: Self.demand(maxPositions: 8 << 20),
            options: Self.options { $0.maxModelLength = 6 << 20 },
            memory: Self.memory(16 << 30)
        )
        #expect(plan.maxModelLength == 6 << 20)
        #expect(plan.kvCacheByteCount == 6 << 30)
    }

    /// Machines and options that refuse, and which flag the refusal names.
    @Test(
        arguments: [
            (nil, 1 << 20, 16, "--max-model-len"), (4 << 30, nil, 16, "--kv-cache-memory-bytes"),
            (.max, nil, 16, "--kv-cache-memory-bytes"), (1000, nil, 16, "--kv-cache-memory-bytes"),
            (1000, 100, 16, "--kv-cache-memory-bytes"), (1 << 20, 2000, 16, "--max-model-len"),
            (1000, nil, 7, "--kv-cache-memory-bytes"), (20_000, nil, 1, "--max-model-len"),
        ] as [(Int?, Int?, Int, String)]
    )
    func refusalNamesAValueThatFits(cache: Int?, length: Int?, blockSize: Int, flag: String) throws {
        let bytes = 1 << 30
        var options = Self.options {
            $0.kvCacheByteCount = cache
            $0.maxModelLength = length
            $0.blockSize = blockSize
        }
        let demand = Self.demand(maxPositions: 1 << 20)
        let hint = try #require(Self.refusal(demand, options, Self.memory(bytes)))
        let words = hint.split(separator: " ")
        let place = try #require(words.firstIndex { $0 == flag })
        let value = try #require(Int(words[place + 2]), "\(hint)")
        switch flag {
        case "--max-model-len": options.maxModelLength = value
        default: options.kvCacheByteCount = value
        }
        #expect(throws: Never.self) {
            try MemoryPlan.make(demand: demand, options: options, memory: Self.memory(bytes))
        }
    }

    @Test func refusesWeightsBeyondTheMachine() throws {
        for options in [Self.options(), Self.options { $0.kvCacheByteCount = 1 << 20 }] {
            let hint = try #require(Self.refusal(Self.demand(weights: 2 << 30), options, Self.memory(1 << 30)))
            #expect(hint.contains("--gpu-memory-utilization"))
        }
    }

    private static func refusal(
        _ demand: MemoryPlan.Demand,
        _ options: ModelOptions,
        _ memory: MachineMemory
    ) -> String? {
        do {
            _ = try MemoryPlan.make(demand: demand, options: options, memory: memory)
        } catch {
            guard case .memory(let table, let hint) = error else { return nil }
            return table.contains("allowed") ? hint : nil
        }
        return nil
    }

    @Test func neverPlansBeyondTheBudget() throws {
        var planned = 0
        for megabytes in [64, 200, 256, 300, 512, 1000, 4096, 70_000] {
            for utilization in [0.01, 0.5, 0.9, 1] {
                for length in [nil, 1, 15, 17, 4096, 100_000_000] as [Int?] {
                    for (sequences, blockSize) in [(1, 1), (128, 16), (65_536, 1024), (3, 7)] {
                        let options = Self.options {
                            $0.memoryUtilization = utilization
                            $0.maxModelLength = length
                            $0.maxSequences = sequences
                            $0.blockSize = blockSize
                        }
                        let memory = MachineMemory(
                            totalByteCount: megabytes << 20,
                            availableByteCount: megabytes << 19
                        )
                        let demand = Self.demand(weights: 20 << 20, scratch: 1 << 20, maxPositions: 1 << 30)
                        guard let plan = try? MemoryPlan.make(demand: demand, options: options, memory: memory)
                        else { continue }
                        planned += 1
                        let used =
                            plan.weightByteCount + plan.scratchByteCount + plan.kvCacheByteCount
                            + MemoryPlan.processByteCount
                        #expect(used <= min(plan.budgetByteCount, memory.availableByteCount))
                        #expect(plan.blockCount * plan.blockSize >= plan.maxModelLength)
                        #expect(plan.maxModelLength == length ?? plan.maxModelLength)
                        // keys have room for sixteen tokens or a multiple of that
                        let tokens = blockSize + (blockSize + 15) / 16 * 16
                        #expect(plan.kvCacheByteCount == plan.blockCount * tokens * 512)
                    }
                }
            }
        }
        #expect(planned > 200)
    }

    @Test func extremeValuesDoNotOverflow() {
        let spec = KVCacheSpec(layerCount: 1000, kvHeadCount: 1000, headDimension: 1000)
        for length in [nil, 100_000_000] as [Int?] {
            for cache in [nil, 1, Int.max] as [Int?] {
                let demand = MemoryPlan.Demand(
                    weightByteCount: 1 << 40,
                    scratchByteCount: 1 << 40,
                    spec: spec,
                    kvCacheDType: .float32,
                    maxPositions: .max
                )
                let options = Self.options {
                    $0.maxModelLength = length
                    $0.kvCacheByteCount = cache
                    $0.maxSequences = 65_536
                    $0.blockSize = 1024
                }
                #expect(throws: LoadError.self) {
                    try MemoryPlan.make(demand: demand, options: options, memory: Self.memory(1 << 40))
                }
            }
        }
    }

    @Test func tableAddsUp() throws {
        let plan = try MemoryPlan.make(demand: Self.demand(), options: Self.options(), memory: Self.memory(16 << 30))
        let lines = plan.table().split(separator: "\n").map { $0.split(separator: " ") }
        #expect(
            lines.map { $0.dropLast(2).joined(separator: " ") } == [
                "weights", "scratch", "KV cache", "process", "together", "allowed",
            ]
        )
        #expect(lines[4].suffix(2).joined(separator: " ") == "388.0 MiB")
    }
}

@Suite struct ByteCountTests {
    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (340 << 20, "340.0 MiB"),
        (1_288_490_189, "1.2 GiB"), (3 << 40, "3.0 TiB"), (5000 << 40, "5000.0 TiB"), (-5, "-5 B"),
    ])
    func text(bytes: Int, text: String) { #expect(ByteCount.text(bytes) == text) }
}

@Suite struct MachineMemoryTests {
    @Test func isThatOfAMachine() {
        let memory = MachineMemory.current()
        #expect(memory.totalByteCount > 64 << 20)
        #expect(memory.availableByteCount > 0)
        #expect(memory.availableByteCount <= memory.totalByteCount)
        #expect(memory.totalByteCount < 1 << 50)
    }
}
