using System.ComponentModel.DataAnnotations;

namespace MLTransfer.Models.Catalog;

/// <summary>A further file of a backbone: a vocabulary, merges, external weights.</summary>
public sealed record CardDownload
{
    /// <summary>Its name, relative to the card.</summary>
    [Required]
    public required string Name { get; init; }

    /// <summary>Its HTTPS address; null where the user puts it there.</summary>
    public Uri? Address { get; init; }

    /// <summary>SHA-256 in lower-case hexadecimal; null where nobody has verified one.</summary>
    [RegularExpression("^[0-9a-f]{64}$", ErrorMessage = "must be 64 lower-case hexadecimal digits (SHA-256).")]
    public string? Sha256 { get; init; }
}
