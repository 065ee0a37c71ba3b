package org.chmr;

import java.util.Objects;

/** Which model it is, for an audit trail. */
public final class Identity {
  private final String name;
  private final String version;
  private final String sha256;

  Identity(String[] fields) {
    this.name = fields[0];
    this.version = fields[1];
    this.sha256 = fields[2];
  }

  /**
   * The model's name.
   *
   * @return as its file has it
   */
  public String name() {
    return name;
  }

  /**
   * The model's version.
   *
   * @return as its file has it
   */
  public String version() {
    return version;
  }

  /**
   * SHA-256 of the model file's manifest, lower-case hexadecimal; it stands for the whole file.
   *
   * @return 64 digits
   */
  public String sha256() {
    return sha256;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Identity
        && name.equals(((Identity) other).name)
        && version.equals(((Identity) other).version)
        && sha256.equals(((Identity) other).sha256);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, version, sha256);
  }

  @Override
  public String toString() {
    return name + " " + version + " (" + sha256 + ")";
  }
}
