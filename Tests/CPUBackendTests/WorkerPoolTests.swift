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
            let calls = Atomic<Int>(0)
            let sum = Atomic<Int>(0)
            let squares = Atomic<Int>(0)
            let foreign = Atomic<Int>(0)
            pool.run(count: count) { worker, chunk in
                calls.add(1, ordering: .relaxed)
                sum.add(chunk, ordering: .relaxed)
                squares.add(chunk * chunk, ordering: .relaxed)
                if worker < 0 || worker >= threads { foreign.add(1, ordering: .relaxed) }
            }
            #expect(calls.load(ordering: .relaxed) == count)
            #expect(sum.load(ordering: .relaxed) == (0..<count).reduce(0, +))
            #expect(squares.load(ordering: .relaxed) == (0..<count).reduce(0) { $0 + $1 * $1 })
            #expect(foreign.load(ordering: .relaxed) == 0)
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
