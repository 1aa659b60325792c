package import ArgumentParser
import HeadgateClient
import TransportSecurity
import UnixSignals

/// `headgate bench`: how fast a daemon on this machine decides.
package struct Bench: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Measure how fast a daemon on this machine decides.",
        discussion: """
            Each connection keeps a fixed number of calls in flight, by clients picked at random. After a warm-up it \
            prints decisions per second, latencies, verdicts, errors and, given the daemon's process id, its CPU time \
            per decision. It ends by itself; Ctrl-C ends it early with what there is.

            EXAMPLE
              headgate bench --connections 32 --pipeline 1 --server-pid $(pgrep -f 'headgate serve')
            """
    )

    @OptionGroup package var daemon: DaemonOptions

    @OptionGroup package var security: SecurityOptions

    @Option(help: "Connections in all.")
    package var connections = 1

    @Option(help: "Calls in flight on each connection, 1 to 4096.")
    package var pipeline = 64

    @Option(help: "Distinct clients.")
    package var clients = 100_000

    @Option(help: "How often each client calls: uniform or zipf.")
    package var distribution = Distribution.uniform

    @Option(help: "Exponent of the Zipf distribution.")
    package var zipfExponent = 1.0

    @Option(help: "Seed of the clients' order.")
    package var seed: UInt64 = 1

    @Option(help: "How long to measure.")
    package var duration = Duration.seconds(5)

    @Option(help: "How long to call before measuring.")
    package var warmUp = Duration.seconds(1)

    @Option(help: "The route to call.")
    package var route = "/bench"

    @Option(name: .customLong("limit"), help: "A limit that goes with every call, as in 10/minute.")
    package var limits: [String] = []

    @Flag(help: "Ask for the state of every limit.")
    package var allLimits = false

    @Option(help: "Threads of the bench.")
    package var threads = 1

    @Option(name: .customLong("server-pid"), help: "Process whose CPU time is measured.")
    package var serverProcess: Int32?

    @Flag(help: "Print one JSON object.")
    package var json = false

    @Flag(help: "Measure the bench itself, against an echo server of its own.")
    package var calibrate = false

    @Flag(help: "Allow an address that is not this machine's.")
    package var allowRemote = false

    package enum Distribution: String, ExpressibleByArgument, CaseIterable, Sendable {
        case uniform
        case zipf
    }

    package init() {}

    package func validate() throws {
        try require(1...1024, connections, "--connections")
        try require(1...BenchConnection.mostInFlight, pipeline, "--pipeline")
        try require(1...1_000_000_000, clients, "--clients")
        try require(1...256, threads, "--threads")
        if threads > connections { throw ValidationError("--threads is above --connections") }
        guard zipfExponent > 0, zipfExponent <= 10 else {
            throw ValidationError("--zipf-exponent must be above 0 and at most 10")
        }
    }

    private func require(_ range: ClosedRange<Int>, _ value: Int, _ name: String) throws {
        if !range.contains(value) {
            throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    package func run() async throws {
        let plan = try plan()
        let report = calibrate ? try await Calibration(plan).run() : try await untilInterrupted(BenchRun(plan))
        print(json ? report.json : report.text, terminator: "")
        if report.tally.decisions == 0 { throw CommandFailure("no call was answered with a decision") }
    }

    /// The plan that the flags describe.
    package func plan() throws -> BenchPlan {
        let addresses = try ServerAddress.list([daemon.resolvedAddress()])
        guard addresses.count == 1 else { throw CommandFailure("bench calls one daemon: give one address") }
        guard addresses[0].isLoopback || allowRemote else {
            throw CommandFailure(
                "\(addresses[0]) is not this machine: bench loads a daemon to its limit (--allow-remote)"
            )
        }
        var plan = BenchPlan(address: addresses[0])
        plan.connections = connections
        plan.pipeline = pipeline
        plan.clients = clients
        plan.popularity =
            switch distribution {
            case .uniform: .uniform(clients: clients)
            case .zipf: .zipf(Zipf(count: clients, exponent: zipfExponent))
            }
        plan.seed = seed
        plan.threads = threads
        plan.warmUp = warmUp
        plan.duration = duration
        plan.route = route
        plan.limits = limits
        plan.allLimits = allLimits
        plan.token = try security.token() ?? ""
        plan.tls = try security.client(ClientTLS.compact)
        plan.serverProcess = serverProcess
        return plan
    }

    /// The bench's report, early if the process is interrupted.
    private func untilInterrupted(_ bench: BenchRun) async throws -> BenchReport {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: BenchReport?.self) { group in
            group.addTask { try await bench.run() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            while let ended = try await group.next() {
                group.cancelAll()
                if let report = ended { return report }
            }
            throw CommandFailure("the bench was interrupted")
        }
    }
}
