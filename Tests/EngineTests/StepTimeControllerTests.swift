import MartletEngine
import Testing

@Suite struct StepTimeControllerTests {
    @Test func shrinksInProportionAndGrowsBack() {
        var controller = StepTimeController(maximum: 256, target: .milliseconds(200))
        #expect(controller.chunkLimit == 256)
        controller.record(prefillTokenCount: 256, duration: .milliseconds(150))
        #expect(controller.chunkLimit == 256)
        controller.record(prefillTokenCount: 256, duration: .milliseconds(800))
        #expect(controller.chunkLimit == 64)
        // a short chunk says nothing about a full one
        controller.record(prefillTokenCount: 10, duration: .milliseconds(5))
        #expect(controller.chunkLimit == 64)
        controller.record(prefillTokenCount: 64, duration: .milliseconds(50))
        #expect(controller.chunkLimit == 128)
        controller.record(prefillTokenCount: 0, duration: .seconds(9))
        #expect(controller.chunkLimit == 128)
        controller.record(prefillTokenCount: 128, duration: .seconds(9))
        #expect(controller.chunkLimit == StepTimeController.minimumChunk)
    }

    @Test(arguments: [1, 7, 31]) func smallMaximumStays(maximum: Int) {
        var controller = StepTimeController(maximum: maximum, target: .milliseconds(200))
        controller.record(prefillTokenCount: maximum, duration: .seconds(5))
        #expect(controller.chunkLimit == maximum)
    }

    @Test(arguments: [0.2, 1, 4, 30]) func settlesBelowTheTarget(millisecondsPerToken: Double) {
        var controller = StepTimeController(maximum: 256, target: .milliseconds(200))
        for _ in 0..<20 {
            let tokens = controller.chunkLimit
            controller.record(
                prefillTokenCount: tokens,
                duration: .seconds(Double(tokens) * millisecondsPerToken / 1000)
            )
        }
        let time = Double(controller.chunkLimit) * millisecondsPerToken
        #expect(time <= 200 || controller.chunkLimit == StepTimeController.minimumChunk)
        #expect(time >= 90 || controller.chunkLimit == 256)
    }
}
