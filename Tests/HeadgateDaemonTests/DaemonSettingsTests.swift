import HeadgateDaemon
import Testing

@Suite struct DaemonSettingsTests {
    @Test func `flags win over the environment, the environment over the file`() throws {
        let file = try SettingsFile(
            path: "s.yaml",
            text: "threads: 1\nmax-keys: 11\nlisten: 127.0.0.1:1\n",
            names: DaemonSettings.names
        )
        let environment = ["HEADGATE_THREADS": "2", "HEADGATE_MAX_KEYS": "12"]
        let settings = try DaemonSettings(SettingSources(flags: ["threads": "3"], environment: environment, file: file))
        #expect(settings.threads == 3)
        #expect(settings.maxKeys == 12)
        #expect(settings.listen == ListenAddress(host: "127.0.0.1", port: 1))
        #expect(settings.http == ListenAddress(host: "127.0.0.1", port: 7421))
    }

    @Test(arguments: [
        (["threads": "0"], "--threads: \"0\" is not a whole number from 1 to 1024"),
        (["threads": "two"], "--threads: \"two\" is not a whole number from 1 to 1024"),
        (["max-keys": "99999999999999999999"], "--max-keys"),
        (["listen": "7420"], "--listen: \"7420\" is no HOST:PORT"),
        (["listen": "127.0.0.1:70000"], "--listen"),
        (["http": "::1:80"], "--http"),
        (["store": "mysql://x"], "--store"),
        (["drain-timeout": "-1s"], "--drain-timeout"),
        (["max-connection-age": "0s"], "--max-connection-age: \"0s\" is no time from 1s to 86400s"),
        (["log-level": "loud"], "--log-level"),
        (["listen": "0.0.0.0:7420"], "--insecure"),
        (["http": "[::]:7421"], "--insecure"),
    ])
    func `a flag that cannot be used is named in one line`(flags: [String: String], words: String) {
        let error = #expect(throws: SettingsError.self) { try DaemonSettings(SettingSources(flags: flags)) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `an environment variable is named as such`() {
        let sources = SettingSources(flags: [:], environment: ["HEADGATE_THREADS": "x"])
        let error = #expect(throws: SettingsError.self) { try DaemonSettings(sources) }
        #expect(error?.description.hasPrefix("HEADGATE_THREADS:") == true)
    }

    @Test(arguments: [
        ("thread: 1", "s.yaml:1: there is no setting \"thread\""),
        ("- 1", "s.yaml: is no list of `name: value`"),
        ("threads: [1]", "s.yaml:1: threads is no single value"),
        ("threads: \"", "s.yaml:"),
    ])
    func `a settings file that cannot be used is named with its line`(text: String, words: String) {
        let error = #expect(throws: SettingsError.self) {
            try SettingsFile(path: "s.yaml", text: text, names: DaemonSettings.names)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `a public address is served when it is said so`() throws {
        let settings = try DaemonSettings(SettingSources(flags: ["listen": "0.0.0.0:7420", "insecure": "true"]))
        #expect(!settings.listen.isLoopback)
    }

    @Test(arguments: [
        ("127.0.0.1:7420", true), ("127.9.9.9:1", true), ("localhost:0", true), ("[::1]:5", true),
        ("0.0.0.0:1", false), ("10.0.0.1:1", false), ("127.example.com:1", false), ("[::]:1", false),
    ])
    func `knows which addresses only this machine can reach`(text: String, isLoopback: Bool) {
        #expect(ListenAddress(text)?.isLoopback == isLoopback)
    }
}
