/// What time and CPU an interval took: started when it is made, read at the end.
struct BenchMeter {
    private let process: Int32?
    private let start: UInt64
    private let ownStart: UInt64
    private let serverStart: Duration?

    struct Reading {
        var elapsed: UInt64
        var ownCPU: UInt64
        var serverCPU: Duration?
    }

    init(process: Int32?) throws(BenchFailure) {
        self.process = process
        serverStart = try process.map(ProcessTime.read)
        ownStart = BenchClock.threadCPU()
        start = BenchClock.now()
    }

    func read() throws(BenchFailure) -> Reading {
        var reading = Reading(elapsed: BenchClock.now() - start, ownCPU: BenchClock.threadCPU() - ownStart)
        if let process, let serverStart {
            reading.serverCPU = try ProcessTime.read(process) - serverStart
        }
        return reading
    }
}
