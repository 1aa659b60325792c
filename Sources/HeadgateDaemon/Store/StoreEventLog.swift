import Logging
import RedisStore

/// Writes the transitions of a store to the log, each once.
struct StoreEventLog: Sendable {
    let logger: Logger

    func note(_ event: StoreEvent) {
        switch event {
        case .connected(let address):
            logger.debug("store connected", metadata: ["store.address": "\(address)"])
        case .lost(let address, let error):
            let place = address.map(\.description) ?? "unknown"
            logger.debug("store connection lost", metadata: ["store.address": "\(place)", "store.problem": "\(error)"])
        case .unavailable: logger.warning("store out, rules answer as their on-store-failure says")
        case .available: logger.notice("store back")
        case .warning(let text): logger.warning("store setting", metadata: ["store.problem": "\(text)"])
        case .mastersChanged: logger.notice("store failed over")
        }
    }
}
