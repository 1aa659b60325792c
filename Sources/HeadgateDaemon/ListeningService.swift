#if canImport(Glibc)
import Glibc
#else
import Musl
#endif
import NIOCore
import ServiceLifecycle

/// A service that opens a port, with the flag that names the port in its errors.
struct ListeningService: Service {
    let flag: String
    let address: ListenAddress
    let service: any Service

    /// The system's own words: `Address already in use`.
    private static func words(_ code: CInt) -> String { String(cString: strerror(code)) }

    func run() async throws {
        do {
            try await service.run()
        } catch let error as IOError {
            throw SettingsError("--\(flag): \(address) cannot be listened on: \(Self.words(error.errnoCode))")
        } catch let error as SocketAddressError {
            throw SettingsError("--\(flag): \(address) is not an address of this machine (\(error))")
        }
    }
}
