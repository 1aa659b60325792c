/// The first message of a compact connection: who is there.
package struct Hello: Sendable, Equatable {
    /// A secret: up to 1,024 bytes, empty where the daemon asks for none.
    package var token: String
    /// Name and version of the client library, for the status page.
    package var client: String

    package init(token: String = "", client: String = "") {
        self.token = token
        self.client = client
    }
}

/// The daemon's answer to a hello: what it will take.
package struct HelloReply: Sendable, Equatable {
    package var maxFrameBytes: UInt32
    package var maxInFlight: UInt32
    /// Name and version of the daemon.
    package var server: String
    /// Fingerprint of the policy in force.
    package var policy: UInt64

    package init(maxFrameBytes: UInt32, maxInFlight: UInt32, server: String, policy: UInt64) {
        self.maxFrameBytes = maxFrameBytes
        self.maxInFlight = maxInFlight
        self.server = server
        self.policy = policy
    }
}
