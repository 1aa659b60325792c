package import HeadgateClient
package import TransportSecurity

/// What a bench is to do.
package struct BenchPlan: Sendable {
    package var address: ServerAddress
    package var connections = 1
    /// Calls in flight on each connection.
    package var pipeline = 64
    package var clients = 100_000
    package var popularity = Popularity.uniform(clients: 100_000)
    package var seed: UInt64 = 1
    package var threads = 1
    package var warmUp = Duration.seconds(1)
    package var duration = Duration.seconds(5)
    /// Ends the bench early, once this many calls of a thread were answered.
    package var callsPerThread = Int.max
    package var route = "/bench"
    package var limits: [String] = []
    package var allLimits = false
    package var token = ""
    /// nil speaks no TLS.
    package var tls: ClientTLS?
    /// The server's process, whose CPU time is to be measured.
    package var serverProcess: Int32?

    package init(address: ServerAddress) {
        self.address = address
    }
}
