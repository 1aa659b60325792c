/// How a call ended, numbered as in gRPC (doc/statuscodes.md of grpc/grpc); the same in every dialect.
package enum StatusCode: UInt16, Sendable, CaseIterable {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case `internal` = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16

    /// The status a peer sent; a number that gRPC does not know is `unknown`, as gRPC asks.
    package init(wire: UInt16) {
        self = StatusCode(rawValue: wire) ?? .unknown
    }
}
