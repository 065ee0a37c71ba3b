/** Molecular properties as columns of Spark's DataFrames: {@link org.chmr.spark.Chmr}. */
package org.chmr.spark;
