/**
 * Molecular properties from structure, in-process: the Java binding of chmr.
 *
 * <p>{@link org.chmr.Model} opens a model and predicts a {@link org.chmr.MoleculeBatch}; every row of the {@link
 * org.chmr.Prediction} has a status of its own. Whatever goes wrong is a {@link org.chmr.ChmrException}; nothing that a
 * caller passes ends the virtual machine.
 */
package org.chmr;
