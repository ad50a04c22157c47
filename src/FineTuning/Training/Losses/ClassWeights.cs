namespace MLTransfer.FineTuning.Training.Losses;

/// <summary>Weights that make small classes count as much as large ones.</summary>
internal static class ClassWeights
{
    /// <summary>rows / (classes · rows of the class), as scikit-learn's "balanced"; 0 for a class without rows.</summary>
    public static float[] Balanced(IReadOnlyList<int> labels, int classes)
    {
        int[] counts = new int[classes];
        foreach (int label in labels)
        {
            counts[label]++;
        }

        return Array.ConvertAll(counts, count => count == 0 ? 0f : (float)labels.Count / (classes * count));
    }
}
