/// A check as a caller writes it: the value behind the client library, the command and JSON.
///
/// The daemon's hot path never makes one; it decodes into `Questions`.
package struct CheckRequest: Sendable, Equatable {
    package struct InlineLimit: Sendable, Equatable {
        package var rate: String
        package var scope = ""
        package var algorithm = ""
        package var cost: UInt64 = 0
        package var burst: UInt64 = 0

        package init(rate: String, scope: String = "", algorithm: String = "", cost: UInt64 = 0, burst: UInt64 = 0) {
            self.rate = rate
            self.scope = scope
            self.algorithm = algorithm
            self.cost = cost
            self.burst = burst
        }
    }

    package var client: String
    package var route: String
    package var usage: [String: UInt64] = [:]
    package var attributes: [String: String] = [:]
    package var tier = ""
    package var limits: [InlineLimit] = []
    package var peek = false
    package var allLimits = false

    package init(client: String, route: String) {
        self.client = client
        self.route = route
    }
}
