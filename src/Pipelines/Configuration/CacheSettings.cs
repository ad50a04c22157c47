using System.ComponentModel.DataAnnotations;
using MLTransfer.Pipelines.Caching;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>Whether and where features are kept from one run to the next: the <c>cache</c> section of a pipeline.</summary>
internal sealed record CacheSettings
{
    /// <summary>Whether features are kept. The default value is true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The folder of the cache. The default value is null: <c>mltransfer/features</c> in the user's cache folder.</summary>
    public string? Directory { get; init; }

    /// <summary>Largest size of all features in the folder, in bytes. The default value is 4 GiB; the least recently used ones make room for new ones.</summary>
    [Range(1L << 20, long.MaxValue, ErrorMessage = "must be at least 1048576 bytes (1 MiB).")]
    public long MaximumBytes { get; init; } = 4L << 30;

    /// <summary>The options of the cache; null where nothing is kept.</summary>
    /// <param name="warn">Told of what goes wrong with the cache.</param>
    public FeatureCacheOptions? ToOptions(Action<string> warn)
    {
        if (!Enabled)
            return null;
        var options = new FeatureCacheOptions { MaximumBytes = MaximumBytes, OnWarning = warn };
        return Directory is null ? options : options with { Directory = Directory };
    }
}
