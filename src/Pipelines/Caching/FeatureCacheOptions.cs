using System.ComponentModel.DataAnnotations;
using MLTransfer.Models.Catalog;

namespace MLTransfer.Pipelines.Caching;

/// <summary>Where features are kept from one run to the next, and how many.</summary>
public sealed record FeatureCacheOptions
{
    /// <summary>The folder of the cache. The default value is <c>mltransfer/features</c> in the user's cache folder.</summary>
    [Required]
    public string Directory { get; init; } = UserCache.Folder("features");

    /// <summary>
    /// Largest size of all features in the folder, in bytes; the least recently used ones make room for new ones. The default value is 4 GiB.
    /// </summary>
    [Range(1L << 20, long.MaxValue, ErrorMessage = "must be at least 1,048,576 bytes (1 MiB).")]
    public long MaximumBytes { get; init; } = 4L << 30;

    /// <summary>
    /// Told once of each thing that goes wrong with the cache (a full disk, a damaged file): the features are then computed again, and nothing else is lost.
    /// May be called by any thread. The default value is null: nobody is told.
    /// </summary>
    public Action<string>? OnWarning { get; init; }
}
