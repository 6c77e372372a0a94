import MartletEngine
import Testing

@Suite struct StepTimeControllerTests {
    /// A machine on which a step takes a base time per stream count and a time per chunk token.
    private struct Machine {
        var base: (Int) -> Double
        var perToken: Double

        /// Seconds.
        func time(_ streams: Int, _ tokens: Int) -> Double { base(streams) + perToken * Double(tokens) }

        /// Runs steps with as long chunks as allowed and returns how long the last took, and its chunk.
        func run(_ controller: inout StepTimeController, streams: Int, steps: Int) -> (time: Double, chunk: Int) {
            var last = (time: 0.0, chunk: 0)
            for _ in 0..<steps {
                let chunk = controller.chunkLimit(besides: streams)
                last = (time(streams, chunk), chunk)
                controller.record(decodeCount: streams, prefillTokenCount: chunk, duration: .seconds(last.time))
            }
            return last
        }

        func decode(_ controller: inout StepTimeController, streams: Int, steps: Int) {
            for _ in 0..<steps {
                controller.record(
                    decodeCount: streams,
                    prefillTokenCount: 0,
                    duration: .seconds(time(streams, 0))
                )
            }
        }
    }

    private func makeController(maximum: Int = 256) -> StepTimeController {
        StepTimeController(maximum: maximum, target: .milliseconds(200))
    }

    @Test(arguments: [0.2, 1, 4, 30]) func aloneItKeepsToTheTarget(millisecondsPerToken: Double) {
        var controller = makeController()
        #expect(controller.chunkLimit(besides: 0) == 256)
        let machine = Machine(base: { _ in 0 }, perToken: millisecondsPerToken / 1000)
        let last = machine.run(&controller, streams: 0, steps: 20)
        #expect(last.time <= 0.2 || last.chunk == StepTimeController.minimumChunk)
        #expect(last.time >= 0.15 || last.chunk == 256)
    }

    /// A prompt that arrives beside streams: no step takes more than `slowdown` times a step without a chunk.
    @Test(arguments: [1, 4, 16], [0.0005, 0.002, 0.006]) func streamsAreNotHeldUp(streams: Int, perToken: Double) {
        var controller = makeController()
        let machine = Machine(base: { 0.03 + 0.004 * Double($0) }, perToken: perToken)
        // the streams' own prompts have told what a token costs
        _ = machine.run(&controller, streams: 0, steps: 3)
        machine.decode(&controller, streams: streams, steps: 5)
        let without = machine.time(streams, 0)
        let most = StepTimeController.slowdown * without + 1e-9
        for _ in 0..<100 {
            let step = machine.run(&controller, streams: streams, steps: 1)
            #expect(step.time <= most || step.chunk == StepTimeController.minimumMixedChunk)
        }
        // and the room is used
        let last = machine.run(&controller, streams: streams, steps: 1)
        let next = last.chunk + 2 * StepTimeController.minimumMixedChunk
        #expect(machine.time(streams, next) > most || last.chunk == 256)
    }

    /// Several prompts get as many times more of a step, but no more than the target.
    @Test(arguments: [1, 4], [1, 2, 8, 200]) func severalPromptsGetMore(streams: Int, prompts: Int) {
        var controller = makeController(maximum: 4096)
        let machine = Machine(base: { 0.01 + 0.002 * Double($0) }, perToken: 0.0005)
        _ = machine.run(&controller, streams: 0, steps: 3)
        machine.decode(&controller, streams: streams, steps: 5)
        let unnoticed = machine.time(streams, 0) * (StepTimeController.slowdown - 1)
        let room = min(unnoticed * Double(prompts), 0.2)
        let added = Double(controller.chunkLimit(besides: streams, prompts: prompts)) * machine.perToken
        #expect(added <= room + 1e-9)
        #expect(added > 0.9 * room - 0.0005 * Double(StepTimeController.minimumMixedChunk))
    }

    @Test func aSlowStepIsForgotten() {
        var controller = makeController()
        let machine = Machine(base: { _ in 0.04 }, perToken: 0.005)
        _ = machine.run(&controller, streams: 0, steps: 3)
        controller.record(decodeCount: 1, prefillTokenCount: 0, duration: .seconds(9))
        machine.decode(&controller, streams: 1, steps: 12)
        let step = machine.run(&controller, streams: 1, steps: 1)
        #expect(step.time <= (StepTimeController.slowdown + 0.05) * 0.04)
        // and one among many changes little
        controller.record(decodeCount: 1, prefillTokenCount: 8, duration: .milliseconds(60))
        #expect(controller.chunkLimit(besides: 1) >= StepTimeController.minimumMixedChunk)
        machine.decode(&controller, streams: 1, steps: 20)
        let later = machine.run(&controller, streams: 1, steps: 20)
        #expect(later.time <= (StepTimeController.slowdown + 0.05) * 0.04)
    }

    /// Numbers of streams that have not been seen are judged by others, on the safe side.
    @Test func unseenNumbersOfStreamsAreEstimated() {
        let machine = Machine(base: { 0.03 + 0.004 * Double($0) }, perToken: 0.001)
        for (seen, asked) in [(4, 8), (8, 4), (1, 16), (16, 1)] {
            var controller = makeController()
            _ = machine.run(&controller, streams: 0, steps: 3)
            machine.decode(&controller, streams: seen, steps: 5)
            #expect(controller.chunkLimit(besides: asked) == 0)
            let step = machine.run(&controller, streams: asked, steps: 2)
            #expect(step.chunk > 0)
            let most = StepTimeController.slowdown * machine.time(asked, 0)
            #expect(step.time <= most || step.chunk == StepTimeController.minimumMixedChunk)
        }
    }

    /// Prompts that come without end: how long the streams take is learned again and again, also where it changes.
    @Test func streamsAreMeasuredBetweenChunks() {
        var controller = makeController()
        var machine = Machine(base: { _ in 0.04 }, perToken: 0.001)
        _ = machine.run(&controller, streams: 0, steps: 3)
        // streams that have never run by themselves
        #expect(controller.chunkLimit(besides: 3) == 0)
        #expect(machine.run(&controller, streams: 3, steps: 20).chunk >= 20)
        #expect(machine.run(&controller, streams: 4, steps: 1).chunk >= 20)
        machine.base = { _ in 0.08 }
        var steps: [Int] = []
        for _ in 0..<20 * StepTimeController.freshness {
            steps.append(machine.run(&controller, streams: 3, steps: 1).chunk)
        }
        let pauses = steps.filter { $0 == 0 }.count
        #expect((19...21).contains(pauses), "\(pauses) steps without a chunk")
        #expect(steps.suffix(2).contains { $0 > 28 })
    }

    @Test(arguments: [1, 3, 31]) func smallMaximumStays(maximum: Int) {
        var controller = makeController(maximum: maximum)
        controller.record(decodeCount: 0, prefillTokenCount: maximum, duration: .seconds(5))
        #expect(controller.chunkLimit(besides: 0) == maximum)
        controller.record(decodeCount: 2, prefillTokenCount: 0, duration: .milliseconds(1))
        #expect(controller.chunkLimit(besides: 2) == min(maximum, StepTimeController.minimumMixedChunk))
    }
}
