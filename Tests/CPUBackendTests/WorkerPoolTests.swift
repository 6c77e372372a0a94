import Glibc
import MartletCPUBackend
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8])
    func everyChunkRunsOnce(_ threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        #expect(pool.threadCount == threads)
        for round in 0..<300 {
            let count = round % 37
            let runs = Mutex([Int](repeating: 0, count: count))
            pool.run(count: count) { worker, chunk in
                runs.withLock { $0[chunk] += 1 }
                if worker < 0 || worker >= threads { Issue.record("worker \(worker)") }
            }
            #expect(runs.withLock { $0.allSatisfy { $0 == 1 } })
        }
    }

    @Test func aPoolMayRestAndGoAway() {
        for _ in 0..<5 {
            let pool = WorkerPool(threadCount: 4)
            let sum = Atomic<Int>(0)
            pool.run(count: 100) { _, chunk in sum.add(chunk, ordering: .relaxed) }
            // long enough for the workers to fall asleep
            usleep(3000)
            pool.run(count: 100) { _, chunk in sum.add(chunk, ordering: .relaxed) }
            #expect(sum.load(ordering: .relaxed) == 9900)
        }
    }
}
