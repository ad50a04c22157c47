using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Caching;

namespace MLTransfer.Pipelines.Features;

/// <summary>The feature cache of one pass over the data; closing it writes what is new.</summary>
internal sealed class FeatureStoreScope : IDisposable
{
    private FeatureStoreScope(IFeatureStore? store) => Store = store;

    /// <summary>The store; null where nothing is kept.</summary>
    public IFeatureStore? Store { get; }

    /// <summary>Opens the cache of a graph.</summary>
    public static FeatureStoreScope Open(FeatureCacheOptions? options, FeatureGraph graph, int dimension) =>
        new(options is null ? null : FeatureCache.Open(options, graph.CacheKey, dimension, options.OnWarning));

    /// <inheritdoc/>
    public void Dispose() => (Store as IDisposable)?.Dispose();
}
