/// The version of Martlet.
public enum Version {
    /// The released version.
    public static let string = "0.1.0"
}
