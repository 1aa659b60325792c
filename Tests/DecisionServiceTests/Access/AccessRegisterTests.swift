import Testing

@testable import DecisionService

@Suite struct AccessRegisterTests {
    private static let tokens = Dictionary(
        uniqueKeysWithValues: Role.allCases.map { ($0, "token-of-the-role-\($0)-of-a-test") }
    )

    private static func register() throws -> AccessRegister {
        AccessRegister(try TokenSet(tokens.map { "\($0.key) \($0.value)" }.joined(separator: "\n")))
    }

    @Test(arguments: Role.allCases, Role.allCases)
    func `a token allows what its role is for, and that of an admin everything`(own: Role, needed: Role) throws {
        let answer = try Self.register().permits(Self.tokens[own], needed)
        #expect(answer == (own == needed || own == .admin ? .permitted : .denied))
    }

    @Test(arguments: Role.allCases, [nil, "", "some-other-token-of-enough-bits"])
    func `without a known token nothing is allowed, on this machine neither`(needed: Role, token: String?) throws {
        #expect(try Self.register().permits(token, needed, isLocalPeer: true) == .unauthenticated)
    }

    @Test func `where no token is asked for only administration is kept to this machine`() {
        let register = AccessRegister()
        for role in [Role.check, .read] { #expect(register.permits(nil, role) == .permitted) }
        #expect(register.permits(nil, .admin) == .denied)
        #expect(register.permits("any", .admin) == .denied)
        #expect(register.permits(nil, .admin, isLocalPeer: true) == .permitted)
    }

    @Test func `other tokens count from their coming into force on`() throws {
        let register = try Self.register()
        let version = register.version
        register.replace(with: try TokenSet("check the-token-that-comes-instead"))
        #expect(register.version == version + 1)
        #expect(register.permits(Self.tokens[.check], .check) == .unauthenticated)
        #expect(register.permits("the-token-that-comes-instead", .check) == .permitted)
    }

    @Test func `who asks for no token never begins to`() throws {
        let register = AccessRegister()
        register.replace(with: try TokenSet("check the-token-that-comes-instead"))
        #expect(register.permits(nil, .check) == .permitted)
    }
}
