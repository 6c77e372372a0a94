import MartletHub
import Testing

@Suite struct ProgressTextTests {
    private func progress(_ bytes: Int, isComplete: Bool = false, files: Int = 1) -> HubEvent {
        .progress(
            DownloadProgress(
                file: .init(
                    name: "model.safetensors",
                    byteCount: bytes,
                    totalByteCount: 4_000_000_000,
                    isComplete: isComplete
                ),
                byteCount: bytes + 1000,
                totalByteCount: 4_000_001_000,
                receivedByteCount: bytes,
                fileCount: files,
                totalFileCount: 3
            )
        )
    }

    @Test func aTerminalGetsOneLineThatIsOverwritten() {
        var text = ProgressText(columns: 100)
        #expect(
            text.text(for: progress(0), at: .zero)
                == "\r\u{1B}[K1/3 files  1.00 kB of 4.00 GB  0%  model.safetensors 0%"
        )
        #expect(text.text(for: progress(50_000_000), at: .milliseconds(50)) == "")
        #expect(
            text.text(for: progress(1_000_000_000), at: .seconds(2))
                == "\r\u{1B}[K1/3 files  1.00 GB of 4.00 GB  25%  500 MB/s  ETA 0:06  model.safetensors 25%"
        )
        #expect(text.text(for: .waiting(file: "a"), at: .seconds(2)).hasPrefix("\r\u{1B}[Kwaiting"))
        #expect(text.finish() == "")
        #expect(
            text.text(for: progress(4_000_000_000, isComplete: true, files: 3), at: .seconds(3))
                == "model.safetensors  4.00 GB\n"
        )
    }

    @Test func theLineFitsTheTerminal() {
        var text = ProgressText(columns: 30)
        _ = text.text(for: progress(0), at: .zero)
        let line = text.text(for: progress(1_000_000_000), at: .seconds(2))
        #expect(line.dropFirst("\r\u{1B}[K".count).count == 29)
    }

    @Test func aLogGetsWholeLinesNowAndThen() {
        var text = ProgressText(columns: nil)
        var lines = ""
        for second in 0..<40 {
            lines += text.text(for: progress(second * 100_000_000), at: .seconds(second))
        }
        lines += text.finish()
        #expect(lines.split(separator: "\n").count == 3)
        #expect(!lines.contains("\u{1B}") && !lines.contains("\r"))
        #expect(lines.contains("ETA 0:20"))
    }
}
