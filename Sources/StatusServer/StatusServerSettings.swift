package import DecisionService
package import TransportSecurity

/// Where HTTP is served and what a connection may cost. The defaults are those of the reliability page of the design.
package struct StatusServerSettings: Sendable {
    /// The address to listen on; port 0 takes a free one. On a loopback address only loopback names are answered to.
    package var host: String
    package var port: Int
    /// Connections at once. More wait in the backlog of the socket until one ends.
    package var maxConnections = 128
    /// Request line and header fields, in bytes.
    package var maxHeaderBytes = 8 << 10
    /// The body of a request, in bytes.
    package var maxBodyBytes = 1 << 20
    /// From the first byte of a request to the last of its answer, and from one answer to the next of a pipeline.
    package var requestTimeout = Duration.seconds(10)
    /// How long a connection that has been answered may stay without asking again.
    package var idleTimeout = Duration.seconds(60)
    /// How long the last answer of a connection may take to be read before the connection is closed.
    package var lingerTimeout = Duration.seconds(2)

    /// From the opening of a connection to the end of its TLS handshake.
    package var handshakeTimeout = Duration.seconds(5)
    /// Who may ask.
    package var access = AccessRegister()
    /// Where it is noted who was not let in.
    package var refusals: RefusalLog?
    /// TLS for every connection; nil for none.
    package var tls: ServerTLS?

    package init(host: String = "127.0.0.1", port: Int = 7421) {
        self.host = host
        self.port = port
    }
}
