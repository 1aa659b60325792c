package import DecisionService
package import NIOCore
package import TransportSecurity

/// What the RPC port takes and how long it waits. The defaults are those of the reliability page of the design.
package struct RPCSettings: Sendable {
    /// The address to listen on; port 0 takes a free one.
    package var host: String
    package var port: Int
    /// Connections in all; one more is closed at once.
    package var maxConnections = 1024
    /// Calls open at once on one connection; one more gets RESOURCE_EXHAUSTED.
    package var maxInFlight = 4096
    /// Calls open at once on all connections; one more gets RESOURCE_EXHAUSTED. Each lane has an equal share.
    package var maxCalls = 65_536
    /// Bytes of requests that are not whole and of answers that are not read, on all HTTP/2 connections; a call past it
    /// gets RESOURCE_EXHAUSTED. Each lane has an equal share.
    package var maxHeldBytes = 256 << 20
    /// How long a connection may be open, a tenth more or less; its peer is asked to dial again. Nil for ever.
    package var maxConnectionAge: TimeAmount?
    /// To the end of the preface and the first frame.
    package var handshakeTimeout = TimeAmount.seconds(5)
    /// From the first byte of a frame to its last.
    package var frameTimeout = TimeAmount.seconds(5)
    /// Without a frame; a ping goes out when four fifths of it are over.
    package var idleTimeout = TimeAmount.minutes(5)
    /// How long a peer may leave `maxUnsent` bytes of answers unread.
    package var writeTimeout = TimeAmount.seconds(10)
    package var maxUnsent = 512 << 10
    /// How long a drain waits for calls in flight.
    package var drainTimeout = TimeAmount.seconds(10)
    /// Name and version as a hello is answered with.
    package var agent: String
    /// The store answers later: a flush waits for the other connections of the same pass of the loop.
    package var gathersAcrossConnections = false
    /// Who may ask.
    package var access = AccessRegister()
    /// Where it is noted who was not let in.
    package var refusals: RefusalLog?
    /// TLS for every connection; nil for none.
    package var tls: ServerTLS?

    package init(host: String, port: Int, agent: String) {
        self.host = host
        self.port = port
        self.agent = agent
    }
}
