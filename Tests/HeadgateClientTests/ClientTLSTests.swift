import HeadgateClient
import Testing

@Suite struct ClientTLSTests {
    @Test(arguments: [
        (HeadgateClient.TLS(authorityFile: "/nowhere/ca.pem"), "tls.authorityFile: /nowhere/ca.pem cannot be read"),
        (HeadgateClient.TLS(certificateFile: "/nowhere/c.pem"), "tls.certificateFile: /nowhere/c.pem needs a key"),
        (HeadgateClient.TLS(keyFile: "/nowhere/k.pem"), "tls.keyFile: /nowhere/k.pem needs a certificate"),
    ])
    func `files that cannot be used are named before anything is dialed`(tls: HeadgateClient.TLS, words: String) {
        var configuration = HeadgateClient.Configuration()
        configuration.tls = tls
        let error = #expect(throws: HeadgateError.self) {
            try HeadgateClient(addresses: "127.0.0.1:1", configuration: configuration)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.hasPrefix(words) == true, "\(error?.message ?? "")")
    }
}
