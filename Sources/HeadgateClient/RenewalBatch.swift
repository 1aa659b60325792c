import LimitCore

/// The leases of one RenewRequest, and the connection it goes over.
struct RenewalBatch: Sendable {
    let connection: Connection
    private(set) var leases: [Lease] = []
    private(set) var request = RenewRequest(leases: [])
    private var bytes = 0

    init(_ connection: Connection) {
        self.connection = connection
    }

    func hasRoom(for item: RenewRequest.Item) -> Bool {
        leases.isEmpty
            || (leases.count < Renewals.mostLeases && bytes + Self.bytes(item) <= Renewals.mostBytes)
    }

    mutating func append(_ lease: Lease, _ item: RenewRequest.Item) {
        leases.append(lease)
        request.leases.append(item)
        bytes += Self.bytes(item)
    }

    /// What an item takes on the wire at most.
    private static func bytes(_ item: RenewRequest.Item) -> Int {
        item.usage.reduce(item.lease.count + 16) { $0 + $1.unit.utf8.count + 24 }
    }
}
